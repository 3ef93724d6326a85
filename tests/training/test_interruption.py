import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from a2bm2gl_tf.errors import Terminated
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


def _within(number, *then):
    with Interruption() as interruption:
        _send(number)
        assert interruption.requested
        for other in then:
            _send(other)
        raise interruption.error


@pytest.mark.parametrize(
    ("number", "name", "kind"),
    [(signal.SIGTERM, "SIGTERM", Terminated), (signal.SIGINT, "Ctrl-C", KeyboardInterrupt)],
)
def test_the_first_signal_is_answered_by_a_line_and_known_at_the_end(capfd, number, name, kind):
    with pytest.raises(KeyboardInterrupt) as caught:
        _within(number)
    assert type(caught.value) is kind
    said = capfd.readouterr().err
    assert said.startswith(f"{name}: stopping after the current step")
    assert said.endswith("a second one stops immediately\n")
    assert said.count("\n") == 1


def test_of_two_signals_the_second_is_no_notice_that_was_answered(capfd):
    with pytest.raises(KeyboardInterrupt) as caught:
        _within(signal.SIGTERM, signal.SIGTERM)
    assert type(caught.value) is KeyboardInterrupt
    assert capfd.readouterr().err.count("stopping") == 1


_BUSY = """
import hashlib, signal, sys
sys.path.insert(0, sys.argv[1])
from a2bm2gl_tf.training import interruption
interruption._PATIENCE_SECONDS = 0.2
with interruption.Interruption():
    print("busy", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 100_000_000)  # half a minute of one call
"""


def test_in_the_midst_of_one_long_call_the_line_comes_and_the_second_signal_ends_it():
    root = str(Path(__file__).resolve().parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", _BUSY, root],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "busy\n"
    process.send_signal(signal.SIGTERM)
    # Read before the second is sent: the line does not wait for the call to return.
    assert process.stderr.readline().startswith("SIGTERM: stopping")
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 143
