import numpy as np
import pytest

from a2bm2gl_tf.data.features.modality import Modality


def test_typical_norm_is_that_of_the_rows_that_are_there():
    features = np.array([[3, 4], [0, 0], [0, 1]], np.float32)
    modality = Modality("x", features, np.array([True, False, True]))
    assert modality.typical_norm == pytest.approx(np.sqrt((25 + 1) / 2))
    assert Modality("x", features, np.zeros(3, bool)).typical_norm == 1.0
    assert Modality("x", np.zeros_like(features), np.ones(3, bool)).typical_norm == 1.0
