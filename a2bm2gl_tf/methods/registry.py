"""The methods of a comparison by name, in the order of its tables."""

from a2bm2gl_tf.methods import (
    factorisation_machines,
    graph_filters,
    heterogeneous,
    message_passing,
    meta_path_methods,
    multimodal,
    neighbourhood_methods,
)
from a2bm2gl_tf.methods.method import OURS, PAPER, STRONG, Method

_ALL = (
    *neighbourhood_methods.METHODS,
    *factorisation_machines.METHODS,
    *message_passing.METHODS,
    *meta_path_methods.METHODS,
    *heterogeneous.METHODS,
    *graph_filters.METHODS,
    *multimodal.METHODS,
    Method(
        "a2bm2gl",
        "A2BM2GL",
        OURS,
        "Cai et al., MM 2022",
        settings={
            "batch_users": 512,
            "evaluate_every": 5,
            "learning_rate": 5e-3,
            "neighbourhood": "full",
            "semantic_activation": "linear",
            "semantic_l2_scale": 30.0,
            "negative_scale": "positives",
            "negative_weight": 20.0,
            "l2": 3.0,
        },
        search={
            "l2": (1.5, 3.0, 6.0),
            "semantic_l2_scale": (10.0, 30.0, 100.0),
            "negative_weight": (10.0, 20.0, 40.0),
            "learning_rate": (3e-3, 5e-3),
        },
    ),
)
METHODS: dict[str, Method] = {
    method.name: method
    for group in (PAPER, STRONG, OURS)
    for method in _ALL
    if method.group == group
}


def find_method(name: str) -> Method:
    """Looks a method up.

    Raises:
      KeyError: for a name that is not in `METHODS`.
    """
    return METHODS[name]
