"""Lending a Python stream to a library that reads it on threads of its own."""

import contextlib
import io
import threading
import weakref
from collections.abc import Callable, Iterator

# Far beyond what one read takes; a library that keeps a stream for good must not block us for good.
_PATIENCE_SECONDS = 30.0


@contextlib.contextmanager
def lent(stream: io.RawIOBase) -> Iterator[Callable[[], io.RawIOBase]]:
    """Lends a stream, and on leaving waits until the borrower has let go of all that it got.

    Arrow reads ahead on threads that outlive a failed or abandoned reader. One that still has a
    Python object to release while the interpreter shuts down aborts the process.

    Args:
      stream: what is read; stays ours.

    Yields:
      Makes the stand-in to hand over. Only the borrower may hold it: keep it in no variable, and
      drop the borrower itself before leaving.
    """
    loans = _Loans()
    try:
        yield lambda: loans.watch(_StandIn(stream, loans))
    finally:
        loans.call_in()


class _Loans:
    """Counts the objects that are with the borrower."""

    def __init__(self) -> None:
        self.called_in = False
        self._out = 0
        # Reentrant: a garbage collection may return a loan while this thread holds the lock.
        self._changed = threading.Condition(threading.RLock())

    def watch(self, loan: object) -> object:
        """Counts `loan` as out until nobody holds it."""
        with self._changed:
            self._out += 1
        weakref.finalize(loan, self._returned).atexit = False
        return loan

    def call_in(self) -> None:
        """Lets the streams end here, and waits until everything is back."""
        self.called_in = True
        with self._changed:
            self._changed.wait_for(lambda: not self._out, _PATIENCE_SECONDS)

    def _returned(self) -> None:
        with self._changed:
            self._out -= 1
            self._changed.notify_all()


class _StandIn(io.RawIOBase):
    """Reads a stream until the loans are called in."""

    def __init__(self, stream: io.RawIOBase, loans: _Loans) -> None:
        super().__init__()
        self._stream = stream
        self._loans = loans

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def read(self, size: int = -1) -> memoryview:
        """The next `size` bytes, fewer at the end, in a form whose return can be seen."""
        piece = b"" if self._loans.called_in else self._stream.read(size)
        return self._loans.watch(memoryview(piece))
