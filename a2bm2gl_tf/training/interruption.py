"""Signals that ask a training to stop, held back until it is ready to."""

import contextlib
import os
import signal
import sys
import threading
from types import FrameType, TracebackType

from a2bm2gl_tf.errors import Terminated

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}

# How long after a second signal TensorFlow may keep the main thread from answering it.
_PATIENCE_SECONDS = 3.0


class Interruption:
    """A context within which SIGINT and SIGTERM do no more than set `requested`.

    Answered by an exception, a signal strikes between any two instructions, such as the update of
    the weights and the count of it. Within, whoever works looks at `requested` where everything is
    in order, and raises `error` there. A second signal does not wait: it raises KeyboardInterrupt
    at once, wherever that is; if the main thread is in the midst of a long operation of TensorFlow
    and does not come to it, the process ends, as if it were killed. At the end the earlier handlers
    are back, and a request that came too late to be seen, or was overtaken by another error, is
    raised.

    The first signal is answered at once by a line on standard error: by a thread, because Python's
    own handlers wait for the operation that runs.

    A signal that was ignored before stays ignored. Outside the main thread, which alone may handle
    signals, nothing changes and `requested` stays False.

    Attributes:
      requested: whether a signal has arrived.

    Raises:
      KeyboardInterrupt: on leaving, if a signal has arrived; `Terminated` for SIGTERM.
    """

    def __init__(self):
        self.requested = False
        self._number = signal.SIGINT
        self._earlier = contextlib.ExitStack()
        self._left = threading.Event()

    @property
    def error(self) -> KeyboardInterrupt:
        """What answers the signal that has arrived."""
        return Terminated() if self._number == signal.SIGTERM else KeyboardInterrupt()

    def __enter__(self) -> "Interruption":
        if threading.current_thread() is not threading.main_thread():
            return self
        self._announce()
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            # None is a handler that Python did not install and could not put back.
            if handler in (None, signal.SIG_IGN):
                continue
            # Before our own is there: one signal may be taken while the next is being arranged.
            self._earlier.callback(signal.signal, number, handler)
            signal.signal(number, self._hold_back)
        return self

    def _announce(self) -> None:
        """Has a thread told of every signal, when it comes rather than when it is handled."""
        source, sink = os.pipe()
        os.set_blocking(sink, False)
        thread = threading.Thread(target=self._watch, args=(source,), daemon=True)
        # Undone in the opposite order: closed, the pipe ends the thread.
        self._earlier.callback(os.close, source)
        self._earlier.callback(thread.join)
        self._earlier.callback(os.close, sink)
        self._earlier.callback(
            signal.set_wakeup_fd, signal.set_wakeup_fd(sink, warn_on_full_buffer=False)
        )
        self._earlier.callback(self._left.set)
        thread.start()

    def _watch(self, source: int) -> None:
        said = False
        while received := os.read(source, 1):
            number = received[0]
            if number not in _SIGNALS:
                continue
            if said and not self._left.wait(_PATIENCE_SECONDS):
                os._exit(128 + number)
            if not said:
                said = True
                line = (
                    f"{_NAMES[number]}: stopping after the current step (and the validation, if "
                    "one follows it), which is saved; a second one stops immediately\n"
                )
                # Over a progress bar, where there is one.
                clear = "\r\x1b[K" if sys.stderr.isatty() else ""
                with contextlib.suppress(OSError):
                    os.write(2, (clear + line).encode())

    def _hold_back(self, number: int, unused_frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested, self._number = True, number

    def __exit__(
        self,
        unused_kind: type[BaseException] | None,
        error: BaseException | None,
        unused_trace: TracebackType | None,
    ) -> None:
        # A stack goes on with the next handler even if the one just put back raises.
        self._earlier.close()
        if self.requested and not isinstance(error, KeyboardInterrupt):
            raise self.error from error
