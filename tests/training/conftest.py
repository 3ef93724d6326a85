import signal
import threading

import pytest
import tensorflow as tf


@pytest.fixture(scope="session", autouse=True)
def _deterministic_ops():
    """As the train command does; sums of several threads would differ in the last bit otherwise."""
    tf.config.experimental.enable_op_determinism()


@pytest.fixture
def handlers_of_the_commands():
    """Lets SIGINT and SIGTERM raise KeyboardInterrupt; a test has to leave it so."""
    assert threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    yield
    after = [signal.signal(*both) for both in zip(numbers, before, strict=True)]
    assert after == [signal.default_int_handler] * 2
