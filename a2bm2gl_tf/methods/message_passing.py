"""Baselines that pass messages with learned weights over the user-item graph."""

from a2bm2gl_tf.methods.method import PAPER, Method

METHODS = (
    Method(
        "graphsage",
        "GraphSAGE",
        PAPER,
        "Hamilton et al., NeurIPS 2017",
        settings={
            "loss": "infobpr",
            "num_negatives": 20,
            "temperature": 0.2,
            "structural_weight": 0.0,
            "l2": 0.03,
            "batch_users": 256,
            "learning_rate": 5e-3,
            "evaluate_every": 5,
        },
        search={
            "temperature": (0.1, 0.2, 0.4),
            "num_layers": (1, 2),
            "l2": (0.03, 0.3, 3.0),
            "learning_rate": (2e-3, 5e-3),
        },
    ),
    Method(
        "pinsage",
        "PinSAGE",
        PAPER,
        "Ying et al., KDD 2018",
        settings={
            "loss": "none",
            "structural_weight": 0.0,
            "l2": 0.3,
            "batch_users": 256,
            "learning_rate": 2e-3,
            "evaluate_every": 5,
            "refresh_every": 5,
        },
        search={
            "own.margin": (0.2, 0.5, 1.0),
            "own.hard_negatives": (0, 2),
            "own.neighbours": (10, 20, 50),
            "l2": (0.03, 0.3, 3.0),
            "learning_rate": (2e-3, 5e-3),
        },
    ),
    Method(
        "mmgcn",
        "MMGCN",
        PAPER,
        "Wei et al., MM 2019",
        settings={
            "loss": "bpr",
            "structural_weight": 0.0,
            "l2": 3.0,
            "batch_users": 256,
            "learning_rate": 1e-3,
            "evaluate_every": 5,
        },
        search={
            "own.combine": ("concat", "add"),
            "num_layers": (1, 2, 3),
            "l2": (0.03, 0.3, 3.0),
            "learning_rate": (1e-3, 3e-3),
        },
    ),
)
