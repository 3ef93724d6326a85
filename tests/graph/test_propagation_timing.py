import scipy.sparse as sp

from a2bm2gl_tf.graph import propagation_timing
from a2bm2gl_tf.graph.propagation_timing import time_backends


def test_times_every_backend_and_leaves_the_first_call_out(monkeypatch):
    clock = iter(range(10**6))
    ticks = []

    def counter():
        ticks.append(next(clock))
        return float(ticks[-1] ** 2)

    monkeypatch.setattr(propagation_timing.time, "perf_counter", counter)
    matrix = sp.random(30, 20, density=0.2, random_state=0, format="csr")
    first, second = time_backends(matrix, 4, ["segment", "public"], repeats=3)
    assert (first.backend, second.backend) == ("segment", "public")
    # Call i lasts from (2i)^2 to (2i + 1)^2 = 4i + 1 ticks; segment's forward calls are number 0,
    # 4, 8 and 12, its others one later, and the first of each does not count.
    assert (first.forward, first.both) == (33.0, 37.0)
    assert (second.forward, second.both) == (41.0, 45.0)
