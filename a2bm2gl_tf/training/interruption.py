"""Signals that ask a training to stop, held back until it is ready to."""

import contextlib
import signal
import threading
from types import FrameType, TracebackType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """A context within which SIGINT and SIGTERM do no more than set `requested`.

    Answered by an exception, a signal strikes between any two instructions, such as the update of
    the weights and the count of it. Within, whoever works looks at `requested` where everything is
    in order, and raises KeyboardInterrupt there. A second signal does not wait: it raises
    KeyboardInterrupt at once, wherever that is. At the end the earlier handlers are back, and a
    request that came too late to be seen, or was overtaken by another error, is raised.

    A signal that was ignored before stays ignored. Outside the main thread, which alone may handle
    signals, nothing changes and `requested` stays False.

    Attributes:
      requested: whether a signal has arrived.

    Raises:
      KeyboardInterrupt: on leaving, if a signal has arrived.
    """

    def __init__(self):
        self.requested = False
        self._earlier = contextlib.ExitStack()

    def __enter__(self) -> "Interruption":
        if threading.current_thread() is not threading.main_thread():
            return self
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            # None is a handler that Python did not install and could not put back.
            if handler in (None, signal.SIG_IGN):
                continue
            # Before our own is there: one signal may be taken while the next is being arranged.
            self._earlier.callback(signal.signal, number, handler)
            signal.signal(number, self._hold_back)
        return self

    def _hold_back(self, unused_number: int, unused_frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True

    def __exit__(
        self,
        unused_kind: type[BaseException] | None,
        error: BaseException | None,
        unused_trace: TracebackType | None,
    ) -> None:
        # A stack goes on with the next handler even if the one just put back raises.
        self._earlier.close()
        if self.requested and not isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt from error
