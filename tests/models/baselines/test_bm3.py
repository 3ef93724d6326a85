import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import lightgcn_adjacency
from a2bm2gl_tf.models.baselines.bm3 import BM3
from a2bm2gl_tf.models.config import ModelConfig


def _model(dataset, **own):
    return BM3(dataset, ModelConfig(dimension=6, num_layers=2, seed=3, own=own))


def test_equals_the_formula(small_dataset):
    model = _model(small_dataset)
    model.predictor_bias.assign(np.linspace(-1, 1, 6))
    table = model.node_embeddings.table.numpy()
    adjacency = lightgcn_adjacency(small_dataset.train)
    h = (table + adjacency @ table + adjacency @ (adjacency @ table)) / 3
    h[60:] += table[60:]
    predicted = h @ model.predictor_kernel.numpy() + np.linspace(-1, 1, 6)
    representations = model()
    np.testing.assert_allclose(representations.users, predicted[:60], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(representations.items, predicted[60:], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        representations.auxiliary["online/users"], h[:60], rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(
        representations.auxiliary["online/items"], h[60:], rtol=1e-4, atol=1e-6
    )


def test_projected_modalities_are_auxiliary(small_dataset):
    model = _model(small_dataset)
    auxiliary = model().auxiliary
    for modality, projection in zip(small_dataset.modalities, model.projections, strict=True):
        norm = np.sqrt(np.square(modality.features[modality.present]).sum(axis=1).mean())
        expected = modality.features / norm @ projection.kernel.numpy()
        np.testing.assert_allclose(
            auxiliary[f"features/{modality.name}"], expected, rtol=1e-4, atol=1e-5
        )


def test_refuses_an_impossible_dropout(small_dataset):
    with pytest.raises(UserError, match="view_dropout"):
        _model(small_dataset, view_dropout=1.0)


def test_both_sides_start_apart(small_dataset):
    # A predictor that maps everything onto one vector would make the loss 0 at once.
    users, items = _model(small_dataset).embeddings()
    unit = tf.math.l2_normalize(tf.concat([users, items], axis=0), axis=1)
    assert float(tf.reduce_mean(tf.matmul(unit, unit, transpose_b=True))) < 0.5
