"""Strong baselines whose items have graphs or views of their modalities."""

from a2bm2gl_tf.methods.method import STRONG, Method

_LATTICE = Method(
    "lattice",
    "LATTICE",
    STRONG,
    "Zhang et al., MM 2021",
    settings={
        "loss": "bpr",
        "structural_weight": 0.0,
        "l2": 0.3,
        "num_layers": 2,
        "batch_users": 256,
        "learning_rate": 5e-3,
        "refresh_every": 10,
    },
    needs_modalities=True,
    search={
        "l2": (0.03, 0.3, 3.0),
        "own.item_layers": (1, 2),
        "own.initial_weight": (0.5, 0.7, 0.9),
        "learning_rate": (2e-3, 5e-3),
    },
)
_FREEDOM = Method(
    "freedom",
    "FREEDOM",
    STRONG,
    "Zhou and Shen, MM 2023",
    settings={
        "loss": "bpr",
        "structural_weight": 0.0,
        "l2": 0.3,
        "num_layers": 2,
        "batch_users": 256,
        "learning_rate": 5e-3,
        "refresh_every": 1,
        "own.pruned": 0.5,
        "own.feature_weight": 0.1,
    },
    search={
        "own.pruned": (0.5, 0.8, 0.9),
        "own.feature_weight": (1e-3, 1e-2, 1e-1),
        "l2": (0.03, 0.3, 3.0),
        "learning_rate": (2e-3, 5e-3),
    },
)
_BM3 = Method(
    "bm3",
    "BM3",
    STRONG,
    "Zhou et al., WWW 2023",
    settings={
        "loss": "none",
        "structural_weight": 0.0,
        "l2": 0.3,
        "num_layers": 2,
        "batch_users": 256,
        "learning_rate": 5e-3,
        "own.view_dropout": 0.5,
    },
    search={
        "own.view_dropout": (0.3, 0.5),
        "own.modality_weight": (0.3, 1.0, 2.0),
        "l2": (0.03, 0.3, 3.0),
        "num_layers": (1, 2),
    },
)
METHODS = (_LATTICE, _FREEDOM, _BM3)
