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
            "learning_rate": (2e-3, 5e-3),
        },
    ),
)
