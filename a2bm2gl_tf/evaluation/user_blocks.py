"""Users in blocks that fit the caches or the device, and several blocks at once."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

Result = TypeVar("Result")

_MAX_THREADS = 8
# Scores of one block: a few times a core's cache on a CPU; on a GPU what keeps its units busy.
_CPU_BYTES = 2**24
_GPU_BYTES = 2**29


def default_block_users(num_items: int) -> int:
    """Users whose float32 scores of V items are a good block on this machine, at least 1."""
    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    return max(1, (_GPU_BYTES if on_gpu else _CPU_BYTES) // (4 * num_items))


def cut_users(users: np.ndarray, block_users: int) -> Iterator[np.ndarray]:
    """The users in order, `block_users` at a time; the last block may be shorter."""
    for start in range(0, users.size, block_users):
        yield users[start : start + block_users]


def map_in_threads(
    function: Callable[..., Result], arguments: Sequence[tuple], threads: int | None = None
) -> list[Result]:
    """Results of `function(*a)` in the order of `arguments`, several at once.

    For functions that spend their time outside the interpreter (NumPy, TensorFlow).

    Args:
      function: called once for each entry.
      arguments: the positional arguments of each call.
      threads: calls at once; None takes one a core, at most 8.
    """
    with ThreadPoolExecutor(threads or min(_MAX_THREADS, _usable_cores())) as pool:
        return list(pool.map(lambda entry: function(*entry), arguments))


def places_of(rows: sp.csr_matrix) -> np.ndarray:
    """Row and column of each stored entry of a CSR matrix, in its order: int32 (n, 2)."""
    row = np.repeat(np.arange(rows.shape[0], dtype=np.int32), np.diff(rows.indptr))
    return np.stack([row, rows.indices.astype(np.int32, copy=False)], axis=1)


def _usable_cores() -> int:
    # A process may be held to some of the machine's cores; not every system can tell.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
