"""The methods of a comparison by name, in the order of its tables."""

from a2bm2gl_tf.methods import (
    factorisation_machines,
    heterogeneous,
    message_passing,
    multimodal,
    neighbourhood_methods,
)
from a2bm2gl_tf.methods.method import OURS, STRONG, Method

_ALL = (
    *neighbourhood_methods.METHODS,
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
        search={"num_layers": (2, 3), "l2": (0.03, 0.3, 3.0), "learning_rate": (2e-3, 5e-3)},
    ),
    *factorisation_machines.METHODS,
    *message_passing.METHODS,
    *multimodal.METHODS,
    *heterogeneous.METHODS,
    Method(
        "a2bm2gl",
        "A2BM2GL",
        OURS,
        "Cai et al., MM 2022",
        search={"l2": (1.0, 3.0, 10.0), "negative_weight": (0.1, 0.3, 1.0)},
    ),
)
METHODS: dict[str, Method] = {method.name: method for method in _ALL}


def find_method(name: str) -> Method:
    """Looks a method up.

    Raises:
      KeyError: for a name that is not in `METHODS`.
    """
    return METHODS[name]
