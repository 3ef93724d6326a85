import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.layers.latent_structure import LatentStructure

NUM_ITEMS, K = 9, 3


@pytest.fixture
def features():
    values = np.random.default_rng(0).normal(size=(NUM_ITEMS, 4)).astype("f4")
    values[5] = 0
    return values


@pytest.fixture
def structure(features):
    modality = Modality("m", features, np.arange(NUM_ITEMS) != 5)
    return LatentStructure(modality, K, 0.7, 3, "public", seed=1)


def _graph(vectors):
    """Eqs. 1-3 densely: cosines, top k of each row, D^-1/2 S D^-1/2."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(norms > 0, norms, 1)
    similarity = unit @ unit.T
    similarity[:, norms[:, 0] == 0] = -np.inf
    kept = np.zeros_like(similarity)
    for i in np.flatnonzero(norms[:, 0]):
        top = np.argsort(-similarity[i])[:K]
        kept[i, top] = np.maximum(similarity[i, top], 0)
    degrees = kept.sum(axis=1)
    scale = np.where(degrees > 0, 1 / np.sqrt(np.where(degrees > 0, degrees, 1)), 0)
    return scale[:, None] * kept * scale


def _projected(structure):
    return structure.projection().numpy()


def test_equals_the_dense_formula(structure, features):
    structure.projection.bias.assign([0.3, -0.2, 0.1])
    structure.select()
    expected = 0.7 * _graph(features) + 0.3 * _graph(_projected(structure))
    x = np.random.default_rng(1).normal(size=(NUM_ITEMS, 2)).astype("f4")
    result = structure(tf.constant(x), structure.learned_weights())
    np.testing.assert_allclose(result, expected @ x, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(result[5], [0.0, 0.0])


def test_selection_follows_the_projection_only_when_told(structure):
    before = structure.neighbours.numpy()
    structure.projection.kernel.assign(np.random.default_rng(7).normal(size=(4, 3)))
    np.testing.assert_array_equal(structure.neighbours.numpy(), before)
    structure.select()
    assert (structure.neighbours.numpy() != before).any()
    listed = _graph(_projected(structure)) > 0
    for i, row in enumerate(structure.neighbours.numpy()):
        assert set(np.flatnonzero(listed[i])) <= set(row)


def test_gradient_reaches_the_projection_through_cosines_and_degrees(structure):
    x = tf.constant(np.random.default_rng(1).normal(size=(NUM_ITEMS, 2)).astype("f4"))
    kernel = structure.projection.kernel

    def total():
        return tf.reduce_sum(tf.square(structure(x, structure.learned_weights())))

    with tf.GradientTape() as tape:
        loss = total()
    gradient = tape.gradient(loss, kernel.value).numpy()
    assert np.isfinite(gradient).all()
    start, delta = kernel.numpy(), 1e-2
    for place in [(0, 0), (1, 2), (3, 1)]:
        values = []
        for sign in (1, -1):
            moved = start.copy()
            moved[place] += sign * delta
            kernel.assign(moved)
            values.append(float(total()))
        assert gradient[place] == pytest.approx(
            (values[0] - values[1]) / (2 * delta), rel=0.05, abs=2e-3
        )
        kernel.assign(start)
