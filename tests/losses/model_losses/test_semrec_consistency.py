import numpy as np

from a2bm2gl_tf.losses.model_losses.semrec_consistency import SemRecConsistency
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model


def test_half_the_weighted_squares_a_user(small_dataset):
    model = build_model("semrec", small_dataset, ModelConfig(own={"consistency_weight": 0.5}))
    shape = model.path_weights.shape
    model.path_weights.assign(np.random.default_rng(0).random(shape).astype("f4"))
    gaps = np.asarray(model.inconsistency(model.path_weights.value), np.float64)
    term = SemRecConsistency()(model, model(training=True), None, None)["consistency"]
    np.testing.assert_allclose(term, 0.25 * (gaps**2).sum() / 60, rtol=1e-5)
    # Equal weights are consistent, whatever the similarities.
    model.path_weights.assign(np.full(shape, 3.0, "f4"))
    term = SemRecConsistency()(model, model(training=True), None, None)["consistency"]
    np.testing.assert_allclose(term, 0.0, atol=1e-8)
