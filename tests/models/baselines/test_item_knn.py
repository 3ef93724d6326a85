"""ItemKNN by hand."""

import numpy as np
import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.baselines.item_knn import ItemKNN
from a2bm2gl_tf.models.config import ModelConfig

# Items' users: 0 {0, 1, 2}, 1 {0, 1}, 2 {1}, 3 {}.
INTERACTIONS = [[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0]]


def _model(dataset, k, shrinkage):
    model = ItemKNN(dataset, ModelConfig(knn=k, own={"shrinkage": shrinkage}))
    model.solve()
    return model


def test_scores_are_similarities_of_the_candidates_neighbours(tiny_dataset):
    scores = _model(tiny_dataset(INTERACTIONS), 1, 0.0).scorer()(np.array([2, 0]))
    # s_01 = 2 / sqrt 6 = .82, s_02 = 1 / sqrt 3 = .58, s_12 = 1 / sqrt 2 = .71. The nearest: of 0
    # it is 1, of 1 it is 0, of 2 it is 1.
    near, far = 2 / 6**0.5, 1 / 2**0.5
    np.testing.assert_allclose(scores, [[0, near, 0, 0], [near, near, far, 0]], rtol=1e-6)
    assert scores.dtype == np.float32


def test_shrinkage_goes_to_the_denominator(tiny_dataset):
    scores = _model(tiny_dataset(INTERACTIONS), 3, 2.0).scorer()(np.array([2]))
    np.testing.assert_allclose(scores, [[0, 2 / (6**0.5 + 2), 1 / (3**0.5 + 2), 0]], rtol=1e-6)


def test_what_is_out_of_range_is_refused(tiny_dataset):
    with pytest.raises(UserError, match="shrinkage=-1"):
        _model(tiny_dataset(INTERACTIONS), 3, -1.0)


def test_another_datasets_weights_are_refused(tiny_dataset):
    arrays = _model(tiny_dataset(INTERACTIONS), 2, 0.0).to_arrays()
    other = ItemKNN(tiny_dataset([[1, 0]]), ModelConfig())
    with pytest.raises(ValueError, match="no weights yet"):
        other.scorer()
    with pytest.raises(ValueError):  # noqa: PT011 - SciPy's words
        other.from_arrays(arrays)
    with pytest.raises(ValueError, match="no weights of 2 items"):
        other.from_arrays([np.zeros((3, 3), np.float32)])
