"""VBPR's score, term by term."""

import numpy as np
import pytest

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.baselines.matrix_factorisation import MatrixFactorisation
from a2bm2gl_tf.models.baselines.vbpr import Vbpr
from a2bm2gl_tf.models.config import ModelConfig

CONFIG = ModelConfig(dimension=3, own={"content_dimension": 2})
INTERACTIONS = np.eye(4, 5)


@pytest.fixture(scope="module")
def model(tiny_dataset):
    rng = np.random.default_rng(0)
    first, second = (rng.normal(size=(5, width)).astype(np.float32) for width in (4, 2))
    second[3] = 0
    modalities = (
        Modality("first", first, np.ones(5, bool)),
        Modality("second", second, np.arange(5) != 3),
    )
    built = Vbpr(tiny_dataset(INTERACTIONS, modalities), CONFIG)
    # Biases start at 0 and would hide behind it.
    built.item_bias.assign(rng.normal(size=(5, 1)))
    built.content_bias.assign(rng.normal(size=(6, 1)))
    return built, np.concatenate([first, second], axis=1)


def test_scores_are_those_of_equation_4(model):
    built, features = model
    users, items = (np.array(part) for part in built.embeddings())
    p, q = np.split(np.array(built.node_embeddings.table), [4])
    theta, E = np.array(built.content_preferences), np.array(built.projection)
    bias, beta = np.array(built.item_bias)[:, 0], np.array(built.content_bias)[:, 0]
    for u in range(4):
        for v in range(5):
            f = features[v]
            expected = bias[v] + p[u] @ q[v] + theta[u] @ (f @ E) + beta @ f
            assert users[u] @ items[v] == pytest.approx(expected, abs=1e-5)


def test_projected_content_starts_at_the_scale_of_embeddings(tiny_dataset):
    features = np.random.default_rng(1).normal(scale=9, size=(5, 300)).astype(np.float32)
    dataset = tiny_dataset(INTERACTIONS, [Modality("m", features, np.ones(5, bool))])
    built = Vbpr(dataset, ModelConfig(dimension=3, own={"content_dimension": 200}))
    projected = features @ np.array(built.projection)
    assert projected.std() == pytest.approx(0.1, rel=0.2)


def test_without_modalities_it_is_bpr_mf(tiny_dataset):
    dataset = tiny_dataset(INTERACTIONS)
    found, expected = (m(dataset, CONFIG).embeddings() for m in (Vbpr, MatrixFactorisation))
    for part, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(part, wanted)


def test_what_is_out_of_range_is_refused(tiny_dataset):
    with pytest.raises(UserError, match="content_dimension=0"):
        Vbpr(tiny_dataset(INTERACTIONS), ModelConfig(own={"content_dimension": 0}))
