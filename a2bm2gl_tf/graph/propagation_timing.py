"""Which backend of sparse products is the fastest on this machine, measured."""

import dataclasses
import time

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator


@dataclasses.dataclass(frozen=True)
class BackendTiming:
    """Medians of one backend, in seconds.

    Attributes:
      backend: "csr", "segment" or "public".
      forward: A x.
      both: A x and the gradient in x.
    """

    backend: str
    forward: float
    both: float


def time_backends(
    matrix: sp.spmatrix, dimension: int, backends: list[str], repeats: int = 5
) -> list[BackendTiming]:
    """Times products with a matrix, the backends in turn within each repeat.

    Args:
      matrix: scipy sparse (n, m).
      dimension: d, columns of x.
      backends: resolved backends.
      repeats: timed calls of each; one more goes before them untimed.

    Returns:
      A timing for each backend.
    """
    x = tf.constant(np.random.default_rng(0).normal(size=(matrix.shape[1], dimension)), tf.float32)
    calls = {}
    for backend in backends:
        operator = SparseOperator(matrix, backend)
        calls[backend] = (tf.function(operator), tf.function(_with_gradient(operator)))
    seconds = {backend: ([], []) for backend in backends}
    for repeat in range(repeats + 1):
        for backend in backends:
            for call, times in zip(calls[backend], seconds[backend], strict=True):
                started = time.perf_counter()
                # One number read back: a GPU is not done when the call returns.
                call(x)[0, 0].numpy()
                if repeat:
                    times.append(time.perf_counter() - started)
    return [
        BackendTiming(backend, *(float(np.median(times)) for times in seconds[backend]))
        for backend in backends
    ]


def _with_gradient(operator: SparseOperator):
    def both(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(operator(x)))
        return tape.gradient(loss, x)

    return both
