import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.graph.surfing_accuracy import surfing_curve


def test_by_hand():
    # From 0: 0.6 to 1 and 0.4 to 2, then on to 3 and 4, which stay; w = (2, 0.75, 0.25).
    graph = np.zeros((5, 5))
    graph[0, 1], graph[0, 2], graph[1, 3], graph[2, 4] = 0.6, 0.4, 1.0, 1.0
    exact, beamed = surfing_curve(sp.csr_matrix(graph), 2, 0.5, [4], [None, 1])
    # Row 0 of M is 2, 0.45, 0.3, 0.15, 0.1: four of them are 2.9 of 3. Rows 1 and 2 (2, 1 on the
    # next) and 3 and 4 (3 on themselves) are whole, and every list holds the true ones.
    assert exact.recall == beamed.recall == 1.0
    assert exact.captured == pytest.approx((2.9 / 3 + 4) / 5)
    assert exact.l1_error == 0.0
    assert beamed.l1_error == pytest.approx(0.1)
    (narrow,) = surfing_curve(sp.csr_matrix(graph), 2, 0.5, [5], [1])
    assert narrow.recall == pytest.approx((4 / 5 + 4) / 5)


def test_more_entries_hold_more_mass_and_a_wider_beam_finds_more():
    half = sp.random(120, 120, density=0.06, random_state=0)
    points = surfing_curve((half + half.T).tocsr(), 3, 0.7, [5, 20, 120], [2, 10, None])
    captured, recall = (
        np.array([getattr(point, name) for point in points]).reshape(3, 3)
        for name in ("captured", "recall")
    )
    assert (np.diff(captured, axis=1) > 0).all()
    assert (np.diff(recall, axis=0) >= 0).all()
    assert recall[0, 1] < 1.0
    np.testing.assert_allclose(recall[2], 1.0)
    assert captured[2, 2] == pytest.approx(1.0)
