"""Factorisation machines and neural matrix factorisation, all with a pointwise loss."""

from a2bm2gl_tf.methods.method import PAPER, Method

_COMMON = {
    "loss": "none",
    "structural_weight": 0.0,
    "l2": 3.0,
    "batch_users": 128,
    "learning_rate": 2e-3,
    "evaluate_every": 5,
}

_SEARCH = {
    "l2": (0.3, 3.0, 10.0),
    "learning_rate": (2e-3, 5e-3),
    "own.num_negatives": (1, 4),
}
_HIDDEN = ((64, 32), (128, 64, 32))

METHODS = (
    Method(
        "fm",
        "FM",
        PAPER,
        "Rendle, ICDM 2010",
        settings={**_COMMON, "learning_rate": 5e-3},
        search=_SEARCH,
    ),
    Method(
        "deepfm",
        "DeepFM",
        PAPER,
        "Guo et al., IJCAI 2017",
        settings={**_COMMON, "dropout": 0.3},
        search={**_SEARCH, "dropout": (0.0, 0.3), "own.hidden": _HIDDEN},
    ),
    Method(
        "neumf",
        "NeuMF",
        PAPER,
        "He et al., WWW 2017",
        settings=_COMMON,
        search={**_SEARCH, "own.hidden": _HIDDEN},
    ),
)
