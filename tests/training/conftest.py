import pytest
import tensorflow as tf


@pytest.fixture(scope="session", autouse=True)
def _deterministic_ops():
    """As the train command does; sums of several threads would differ in the last bit otherwise."""
    tf.config.experimental.enable_op_determinism()
