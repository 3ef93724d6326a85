"""Batches made ahead of time by one background thread."""

import collections
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from a2bm2gl_tf.losses.batch import UserBatch


class Prefetcher:
    """Prepares the next batches while the device works on the last one.

    A batch is a function of its step alone, so working ahead changes nothing but the time, and
    what was prepared and never asked for is simply dropped.

    Args:
      at_step: makes the batch of a step; only the background thread calls it.
      first_step: the first step that will be asked for.
      last_step: the step after the last one.
      depth: batches that may wait at a time.
    """

    def __init__(
        self,
        at_step: Callable[[int], UserBatch],
        first_step: int,
        last_step: int,
        depth: int = 2,
    ):
        self._at_step = at_step
        self._next, self._last = first_step, last_step
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches")
        self._waiting: collections.deque[Future] = collections.deque()
        for _ in range(depth):
            self._submit()

    def _submit(self) -> None:
        if self._next < self._last:
            self._waiting.append(self._executor.submit(self._at_step, self._next))
            self._next += 1

    def take(self) -> UserBatch:
        """The batch of the next step, in order; raises what `at_step` raised for it."""
        batch = self._waiting.popleft().result()
        self._submit()
        return batch

    def __enter__(self) -> "Prefetcher":
        return self

    def __exit__(self, *unused_error) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
