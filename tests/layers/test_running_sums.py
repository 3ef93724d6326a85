import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.layers.component_order import components_of, descending, places_above
from a2bm2gl_tf.layers.running_sums import first_rows, last_rows, running_sums


# Below, at and above whole blocks of 16, one level of blocks and several.
@pytest.mark.parametrize("size", [1, 15, 16, 17, 255, 256, 257, 5000])
@pytest.mark.parametrize("segment", [1, 3, 16, 40, 5000])
def test_equal_sums_taken_one_by_one(size, segment):
    rng = np.random.default_rng(size)
    order = rng.permutation(size)
    first, last = rng.random((2, size)).astype("f4")
    x = rng.normal(size=(size, 3)).astype("f4")
    segments = np.arange(size) // segment * segment
    sums, counts = running_sums(
        tf.constant(order), first, last, [x, np.ones((size, 1), "f4")], tf.constant(segments)
    )
    places = np.arange(size)
    before, after = np.zeros((size, 3)), np.zeros((size, 3))
    for start in range(0, size, segment):
        rows = slice(start, start + segment)
        sorted_x = x[order[rows]].astype(np.float64)
        before[rows] = np.cumsum(first[rows, None] * sorted_x, axis=0)
        after[rows] = np.cumsum((last[rows, None] * sorted_x)[::-1], axis=0)[::-1]
    np.testing.assert_allclose(tf.gather(sums, first_rows(places)), before, atol=2e-5, rtol=1e-5)
    np.testing.assert_allclose(tf.gather(sums, last_rows(places)), after, atol=2e-5, rtol=1e-5)
    heads = np.add.reduceat(first, np.arange(0, size, segment))
    tails = np.minimum(np.arange(0, size, segment) + segment - 1, size - 1)
    np.testing.assert_allclose(counts.numpy()[first_rows(tails), 0], heads, rtol=1e-5)
    for nothing in (first_rows(size), last_rows(size)):
        np.testing.assert_array_equal(sums[nothing], np.zeros(3))


def test_a_small_segment_beside_a_large_one_keeps_its_precision():
    size = 100_000
    x = np.full((size, 1), 1e4, np.float32)
    x[-2:] = 1e-3
    segments = np.zeros(size, np.int64)
    segments[-2:] = size - 2
    ones = np.ones(size, np.float32)
    (sums,) = running_sums(tf.range(size, dtype=tf.int64), ones, ones, [x], tf.constant(segments))
    np.testing.assert_allclose(sums[first_rows(size - 1)], [2e-3], rtol=1e-6)
    np.testing.assert_allclose(sums[last_rows(size - 2)], [2e-3], rtol=1e-6)


def test_order_and_search_by_hand():
    components = components_of(np.array([5, 2, 5, 5, 2]))
    np.testing.assert_array_equal(components.start, [2, 0, 2, 2, 0])
    np.testing.assert_array_equal(components.stop, [5, 2, 5, 5, 2])
    np.testing.assert_array_equal(components.by_place, [0, 0, 2, 2, 2])
    x = tf.constant([-3.0, 0.5, 7.0, -0.0, 2.0])
    order, keys = descending(x, components)
    np.testing.assert_array_equal(order, [4, 1, 2, 3, 0])
    bounds = tf.constant([0.0, 0.5, -10.0, 7.0, 100.0])
    # Node 0: only 7 exceeds 0; node 1: only 2; node 2: all three; nodes 3 and 4: none.
    np.testing.assert_array_equal(places_above(keys, bounds, components), [3, 1, 5, 2, 0])
