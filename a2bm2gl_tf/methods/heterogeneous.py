"""Baselines of the paper on the heterogeneous graph of users, items and their content."""

from a2bm2gl_tf.methods.method import PAPER, Method

_TRAINING = {
    "loss": "bpr",
    "structural_weight": 0.0,
    "l2": 0.3,
    "batch_users": 256,
    "learning_rate": 5e-3,
    "evaluate_every": 5,
}

METHODS = (
    Method(
        "han",
        "HAN",
        PAPER,
        "Wang et al., WWW 2019",
        settings=_TRAINING,
        search={"own.top": (10, 20, 40), "l2": (0.03, 0.3, 3.0), "learning_rate": (2e-3, 5e-3)},
    ),
    Method(
        "hetgnn",
        "HetGNN",
        PAPER,
        "Zhang et al., KDD 2019",
        settings={**_TRAINING, "l2": 0.03, "learning_rate": 1e-2},
        search={
            "own.aggregator": ("mean", "lstm"),
            "own.top": (5, 10, 20),
            "l2": (0.003, 0.03, 0.3),
            "learning_rate": (5e-3, 1e-2),
        },
    ),
    Method(
        "hgcl",
        "HGCL",
        PAPER,
        "Cai et al., IEEE TMM 2023",
        settings={**_TRAINING, "num_layers": 1, "hops": 4, "beam": 50},
        search={
            "own.infomax_weight": (0.01, 0.1, 1.0),
            "l2": (0.03, 0.3, 3.0),
            "learning_rate": (2e-3, 5e-3),
        },
    ),
)
