import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.evaluation.content_similarity import mean_cosines


def test_mean_cosines_by_hand():
    present = np.array([True, True, True, False])
    first = Modality("a", np.array([[2, 0], [0, 3], [1, 1], [0, 0]], np.float32), present)
    second = Modality("b", np.array([[1], [-1], [4], [2]], np.float32), np.ones(4, bool))
    train = sp.csr_matrix(np.array([[1, 1, 0, 0], [0, 0, 0, 0]], np.float32))
    scores = mean_cosines([first, second], train)(np.array([0, 1, 0]))
    # Cosines with items 0 and 1: in a (1, 0), (0, 1), (r, r), absent; in b (1, -1), (-1, 1),
    # (1, -1), (1, -1); r = 1 / sqrt(2). Of a user without items all are 0.
    expected = np.array([0.5, 0.5, np.sqrt(0.5), 0.0])
    np.testing.assert_allclose(scores, [expected, np.zeros(4), expected], atol=1e-6)
    assert scores.dtype == np.float32
