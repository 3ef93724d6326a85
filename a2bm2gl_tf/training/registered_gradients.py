"""The gradients that TensorFlow registers for good with every trace, let go again."""

import contextlib
from collections.abc import Iterator
from typing import Any

_OF_TRACES = "CustomGradient-"


def registry() -> dict[str, Any]:
    """What the process has registered, by name; {} where this TensorFlow hides it."""
    try:  # A private module, and free to go away; what is registered then stays.
        from tensorflow.python.framework import ops

        return ops.gradient_registry._registry
    except (ImportError, AttributeError):  # pragma: no cover - depends on the TensorFlow build
        return {}


@contextlib.contextmanager
def released_afterwards() -> Iterator[None]:
    """Lets go of the custom gradients that are traced within.

    A trace of a function with `tf.custom_gradient` is entered in a registry of the process with all
    that it captures, the step's graph and the constants in it, and is never taken out: every fit
    would cost tens of MB and more, for good. What was traced within can still be called afterwards,
    without a gradient. Other threads must not trace meanwhile.
    """
    before = set(registry())
    try:
        yield
    finally:
        for name in set(registry()) - before:
            if name.startswith(_OF_TRACES):
                del registry()[name]
