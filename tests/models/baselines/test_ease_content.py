"""The blend by hand, and EASE where there is nothing to blend."""

import numpy as np
import pytest

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.baselines.ease import ease_weights
from a2bm2gl_tf.models.baselines.ease_content import EaseContent
from a2bm2gl_tf.models.config import ModelConfig

INTERACTIONS = [[1, 0, 1, 0], [1, 1, 0, 0]]
# Cosines: 01 is .8, 02 is .6, 12 is .96, 3 has no content.
FEATURES = np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 0]], np.float32)
MODALITY = Modality("m", FEATURES, np.array([True, True, True, False]))


def _scores(dataset, **own):
    model = EaseContent(dataset, ModelConfig(knn=2, own=own))
    model.solve()
    return model.scorer()(np.arange(2))


def test_content_adds_the_share_of_similar_items_that_the_user_has(tiny_dataset):
    dataset = tiny_dataset(INTERACTIONS, [MODALITY])
    scores = _scores(dataset, regularisation=5.0, content_weight=0.5)
    shares = [
        [0.6 / 1.4, (0.8 + 0.96) / 1.76, 0.6 / 1.56, 0],
        [0.8 / 1.4, 0.8 / 1.76, 1, 0],
    ]
    expected = INTERACTIONS @ ease_weights(dataset.train, 5.0) + 0.5 * np.array(shares)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)


def test_without_modalities_or_weight_it_is_ease(tiny_dataset):
    ease = INTERACTIONS @ ease_weights(tiny_dataset(INTERACTIONS).train, 5.0)
    for modalities, weight in (((), 0.5), ([MODALITY], 0.0)):
        scores = _scores(
            tiny_dataset(INTERACTIONS, modalities), regularisation=5.0, content_weight=weight
        )
        np.testing.assert_allclose(scores, ease, atol=1e-7)


def test_a_negative_weight_is_refused(tiny_dataset):
    with pytest.raises(UserError, match=r"content_weight=-0\.1"):
        _scores(tiny_dataset(INTERACTIONS), content_weight=-0.1)
