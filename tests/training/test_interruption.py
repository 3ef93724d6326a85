import os
import signal
import threading

import pytest

from a2bm2gl_tf.training.interruption import Interruption

pytestmark = pytest.mark.usefixtures("handlers_of_the_commands")


def _send(number):
    os.kill(os.getpid(), number)


def test_a_signal_is_held_back_and_raised_at_the_end_where_nobody_answered():
    done = []
    with pytest.raises(KeyboardInterrupt), Interruption() as interruption:  # noqa: PT012
        assert not interruption.requested
        _send(signal.SIGTERM)
        assert interruption.requested
        done.append("work")
    assert done == ["work"]


def test_the_second_signal_is_raised_where_it_strikes():
    done = []
    with pytest.raises(KeyboardInterrupt), Interruption():  # noqa: PT012
        _send(signal.SIGINT)
        done.append("work")
        _send(signal.SIGTERM)
        done.append("more")
    assert done == ["work"]


def test_what_was_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            _send(signal.SIGINT)
            assert not interruption.requested
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_another_thread_changes_no_handler():
    def within():
        with Interruption() as interruption:
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
            done.append(interruption.requested)

    done = []
    thread = threading.Thread(target=within)
    thread.start()
    thread.join()
    assert done == [False]


def test_the_handlers_are_back_after_an_error():
    with pytest.raises(ValueError, match="other"), Interruption():
        raise ValueError("other")
    assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
