"""Methods of neighbourhoods, closed forms and factorisation: what deep models must beat."""

from a2bm2gl_tf.methods.method import STRONG, Method

METHODS = (
    Method("popularity", "Popularity", STRONG, "items by their training interactions"),
    Method(
        "itemknn",
        "ItemKNN",
        STRONG,
        "Sarwar et al., WWW 2001",
        settings={"knn": 200, "own.shrinkage": 100.0},
        search={"knn": (50, 200), "own.shrinkage": (0.0, 10.0, 100.0)},
    ),
    Method(
        "ease",
        "EASE",
        STRONG,
        "Steck, WWW 2019",
        search={"own.regularisation": (1.0, 10.0, 30.0, 100.0, 300.0, 1000.0)},
    ),
    Method(
        "ease_content",
        "EASE + content kNN",
        STRONG,
        "Steck, WWW 2019, with content",
        needs_modalities=True,
        search={
            "own.regularisation": (1.0, 10.0, 30.0, 100.0, 300.0, 1000.0),
            "own.content_weight": (0.03, 0.1, 0.3),
            "knn": (10, 30),
        },
    ),
    Method(
        "bpr_mf",
        "BPR-MF",
        STRONG,
        "Rendle et al., UAI 2009",
        settings={
            "loss": "bpr",
            "structural_weight": 0.0,
            "l2": 3.0,
            "batch_users": 256,
            "learning_rate": 5e-3,
        },
        search={"l2": (0.3, 3.0, 10.0), "learning_rate": (2e-3, 5e-3)},
    ),
    Method(
        "ials",
        "iALS",
        STRONG,
        "Hu et al., ICDM 2008",
        search={
            "own.alpha": (1.0, 5.0, 20.0, 80.0),
            "own.regularisation": (10.0, 30.0, 100.0),
        },
    ),
    Method(
        "vbpr",
        "VBPR",
        STRONG,
        "He and McAuley, AAAI 2016",
        settings={
            "loss": "bpr",
            "structural_weight": 0.0,
            "l2": 3.0,
            "batch_users": 256,
            "learning_rate": 5e-3,
        },
        needs_modalities=True,
        search={"l2": (0.3, 3.0, 10.0), "own.content_dimension": (16, 64)},
    ),
)
