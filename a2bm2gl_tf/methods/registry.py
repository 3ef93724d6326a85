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
        settings={"batch_users": 256, "evaluate_every": 5},
        search={
            "l2": (1.0, 3.0, 10.0),
            "negative_weight": (0.02, 0.1, 0.3, 1.0),
            "semantic_activation": ("relu", "linear"),
            "learning_rate": (5e-3, 1e-2),
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
