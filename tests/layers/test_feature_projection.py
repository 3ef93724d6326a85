import numpy as np

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.layers.feature_projection import FeatureProjection


def test_by_hand_and_absent_items_get_zero():
    features = np.array([[3, 4], [0, 5], [0, 0]], np.float32)
    modality = Modality("m", features, np.array([True, True, False]))
    layer = FeatureProjection(modality, 1, seed=0)
    layer.kernel.assign([[2.0], [1.0]])
    layer.bias.assign([0.5])
    # Both present rows have norm 5.
    np.testing.assert_allclose(layer(), [[10 / 5 + 0.5], [5 / 5 + 0.5], [0.0]], rtol=1e-6)


def test_without_any_present_item_it_is_finite():
    modality = Modality("m", np.zeros((2, 3), np.float32), np.zeros(2, bool))
    np.testing.assert_array_equal(FeatureProjection(modality, 4, seed=0)(), np.zeros((2, 4)))
