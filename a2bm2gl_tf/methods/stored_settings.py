"""Settings that were read from a file, and what they fail with where it was changed since."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from a2bm2gl_tf.errors import UserError

# What models, losses, Keras and TensorFlow answer settings with that they cannot have: a name that
# is not known, a negative size, a seed beyond 64 bits, one model's own setting of another type.
_REFUSALS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    tf.errors.InvalidArgumentError,
)


@contextlib.contextmanager
def blaming_settings(file: Path, remedy: str) -> Iterator[None]:
    """Says of a file what goes wrong where a model is made of the settings in it.

    Flags are checked before a run begins, so that settings which were stored make a model. Those
    that make none were changed since, or are of another version.

    Args:
      file: which the settings were read from.
      remedy: what to do, for the message.

    Raises:
      UserError: with the reason; one that is raised within passes as it is.
    """
    try:
        yield
    except _REFUSALS as error:
        raise UserError(
            f"{file}: its settings make no model in this version, or are damaged "
            f"({type(error).__name__}: {str(error)[:300]}); {remedy}"
        ) from error
