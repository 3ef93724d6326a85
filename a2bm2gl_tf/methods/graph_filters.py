"""UltraGCN, MGDCF and IDGL: the graph as a constraint, as a diffusion, and as what is learned."""

from a2bm2gl_tf.methods.method import PAPER, STRONG, Method

METHODS = (
    Method(
        "lightgcn",
        "LightGCN",
        STRONG,
        "He et al., SIGIR 2020",
        settings={
            "loss": "bpr",
            "structural_weight": 0.0,
            "l2": 0.3,
            "num_layers": 3,
            "batch_users": 256,
            "learning_rate": 5e-3,
        },
        search={"num_layers": (2, 3), "l2": (0.003, 0.03, 0.3, 3.0), "learning_rate": (2e-3, 5e-3)},
    ),
    Method(
        "ultragcn",
        "UltraGCN",
        STRONG,
        "Mao et al., CIKM 2021",
        settings={
            "loss": "none",
            "structural_weight": 0.0,
            "l2": 3.0,
            "batch_users": 256,
            "learning_rate": 1e-2,
            "evaluate_every": 5,
        },
        search={
            "own.negative_weight": (3.0, 10.0, 30.0, 100.0, 300.0),
            "own.item_weight": (0.0, 0.3, 1.0),
            "l2": (0.1, 0.3, 1.0, 3.0),
            "own.positive_main": (1e-6, 1.0),
            "own.negative_main": (1e-6, 1.0),
        },
    ),
    Method(
        "mgdcf",
        "MGDCF",
        STRONG,
        "Hu et al., 2022 (arXiv:2204.02338)",
        settings={
            "loss": "infobpr",
            "structural_weight": 0.0,
            "num_layers": 4,
            "num_negatives": 16,
            "l2": 0.3,
            "batch_users": 256,
            "learning_rate": 1e-2,
            "evaluate_every": 5,
        },
        search={
            "own.beta": (0.7, 0.9),
            "num_negatives": (16, 64, 256),
            "l2": (0.1, 0.3, 1.0),
            "dropout": (0.0, 0.3),
        },
    ),
    Method(
        "idgl",
        "IDGL",
        PAPER,
        "Chen et al., NeurIPS 2020",
        settings={
            "loss": "bpr",
            "structural_weight": 0.0,
            "num_layers": 2,
            "l2": 0.3,
            "batch_users": 256,
            "learning_rate": 1e-2,
            "evaluate_every": 5,
        },
        search={
            "own.initial_share": (0.5, 0.8, 0.9),
            "own.embedding_share": (0.1, 0.5),
            "knn": (10, 20),
            "l2": (0.1, 0.3, 1.0),
            "learning_rate": (5e-3, 1e-2),
        },
    ),
)
