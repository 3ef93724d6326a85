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
    # The four untimed calls read the clock once each. Timed call i reads it at 4 + 2i and 5 + 2i:
    # (5 + 2i)^2 - (4 + 2i)^2 = 4i + 9. Segment's forward calls are 0, 4 and 8, with the median 25;
    # each other kind of call is one later than the kind before.
    assert (first.forward, first.both) == (25.0, 29.0)
    assert (second.forward, second.both) == (33.0, 37.0)
