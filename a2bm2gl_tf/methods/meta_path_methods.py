"""Baselines of the paper that are defined on meta-paths."""

from a2bm2gl_tf.methods.method import PAPER, Method

METHODS = (
    Method(
        "semrec",
        "SemRec",
        PAPER,
        "Shi et al., CIKM 2015",
        settings={
            "loss": "none",
            "structural_weight": 0.0,
            "l2": 0.1,
            "batch_users": 256,
            "learning_rate": 0.1,
            "evaluate_every": 5,
        },
        search={
            "own.similar_users": (20, 50, 100),
            "own.consistency_weight": (0.01, 0.1, 1.0),
            "l2": (0.01, 0.1, 1.0),
        },
    ),
    Method(
        "herec",
        "HERec",
        PAPER,
        "Shi et al., TKDE 2018",
        settings={
            "loss": "bpr",
            "structural_weight": 0.0,
            "l2": 1.0,
            "batch_users": 256,
            "learning_rate": 1e-2,
            "own.user_weight": 0.1,
            "own.item_weight": 0.1,
        },
        search={
            "l2": (0.1, 1.0, 3.0),
            "own.user_weight": (0.1, 0.3, 1.0),
            "own.item_weight": (0.1, 0.3, 1.0),
        },
    ),
)
