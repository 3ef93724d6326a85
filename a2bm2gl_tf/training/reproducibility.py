"""What a process is put into before a fit, so that the same settings give the same weights."""

import contextlib
from collections.abc import Iterator

import keras
import tensorflow as tf

from a2bm2gl_tf.training.config import TrainingConfig


def make_reproducible(config: TrainingConfig) -> None:
    """Deterministic ops, the seed of all global generators, and the precision of the training."""
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(config.seed)
    keras.config.set_dtype_policy(config.precision)


@contextlib.contextmanager
def in_precision(precision: str) -> Iterator[None]:
    """Within, layers are made in a precision; after it in the one of before.

    Args:
      precision: see `TrainingConfig`.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
