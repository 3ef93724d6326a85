import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import lightgcn_adjacency
from a2bm2gl_tf.models.baselines.idgl import IDGL
from a2bm2gl_tf.models.config import ModelConfig


def _dataset(small_dataset, with_content=True):
    rng = np.random.default_rng(4)
    train = sp.csr_matrix((rng.random((4, 5)) < 0.5).astype("f4"))
    features = rng.normal(size=(5, 3)).astype("f4")
    features[4] = 0
    modality = Modality("visual", features, np.arange(5) < 4)
    modalities = (modality,) if with_content else ()
    return dataclasses.replace(small_dataset, train=train, modalities=modalities)


def _model(dataset, **own):
    config = ModelConfig(dimension=4, num_layers=2, knn=2, init_stddev=0.5, own=own)
    return IDGL(dataset, config)


def _dense(vectors, heads, epsilon, present, k=2):
    """A by the definition: all pairs, the k largest of each row, those above epsilon."""
    matrix = np.zeros((5, 5))
    for w in heads:
        weighted = vectors * w
        norms = np.linalg.norm(weighted, axis=1, keepdims=True)
        unit = np.divide(weighted, norms, out=np.zeros_like(weighted), where=norms > 0)
        matrix += unit @ unit.T / len(heads)
    kept = np.zeros_like(matrix)
    for i in np.flatnonzero(present):
        others = [j for j in np.flatnonzero(present) if j != i]
        for j in sorted(others, key=lambda j: -matrix[i, j])[:k]:
            kept[i, j] = matrix[i, j] if matrix[i, j] > epsilon else 0
    return kept


def _propagate(dataset, inputs, parts, initial_share):
    """The mean of layers on A~ = lambda L^(0) + (1 - lambda) sum share f(A), row by row."""
    mixed = lightgcn_adjacency(dataset.train).toarray().astype("f8")
    for i in range(5):
        shares = [share if matrix[i].sum() > 0 else 0 for matrix, share in parts]
        if sum(shares) == 0:
            continue
        mixed[4 + i] *= initial_share
        for (matrix, _), share in zip(parts, shares, strict=True):
            if share:
                row = matrix[i] / matrix[i].sum()
                mixed[4 + i, 4:] += (1 - initial_share) * share / sum(shares) * row
    once = mixed @ inputs
    return (inputs + once + mixed @ once) / 3


@pytest.mark.parametrize("with_content", [True, False])
def test_equals_the_paper_with_dense_matrices(small_dataset, with_content):
    dataset = _dataset(small_dataset, with_content)
    model = _model(dataset, initial_share=0.6, embedding_share=0.3, epsilon=0.1)
    inputs = model.node_embeddings.table.numpy().astype("f8")
    first = []
    if with_content:
        modality = dataset.modalities[0]
        features = modality.features / modality.typical_norm
        inputs[4:] += features @ model.projection.numpy()
        heads = model.feature_similarity.head_weights()
        first = [(_dense(features, heads, 0.1, modality.present), 0.7)]
    z = _propagate(dataset, inputs, first, 0.6)
    heads = model.embedding_similarity.head_weights()
    second = (_dense(z[4:], heads, 0.1, np.ones(5, bool)), 0.3)
    expected = _propagate(dataset, inputs, [*first, second], 0.6)
    np.testing.assert_allclose(np.concatenate(model.embeddings()), expected, rtol=1e-4, atol=1e-5)


def test_all_that_is_learned_has_a_gradient(small_dataset):
    model = _model(_dataset(small_dataset))
    with tf.GradientTape() as tape:
        result = model(training=True)
        total = tf.reduce_sum(tf.square(result.items)) + tf.reduce_sum(result.users)
    variables = [variable.value for variable in model.trainable_variables]
    assert len(variables) == 4
    for gradient in tape.gradient(total, variables):
        assert np.abs(tf.convert_to_tensor(gradient)).max() > 0


def test_refresh_takes_new_lists_only_where_the_graph_changes_enough(small_dataset):
    for tolerance, moves in ((1e-3, True), (1e6, False)):
        model = _model(_dataset(small_dataset), tolerance=0.0)
        model.settings = dataclasses.replace(model.settings, tolerance=tolerance)
        before = model.embedding_neighbours.numpy()
        flipped = np.random.default_rng(9).normal(size=model.node_embeddings.table.shape)
        model.node_embeddings.table.assign(flipped)
        model.refresh()
        assert np.array_equal(before, model.embedding_neighbours.numpy()) != moves


@pytest.mark.parametrize("own", [{"initial_share": 1.5}, {"iterations": 0}, {"epsilon": -0.1}])
def test_refuses_settings_out_of_range(small_dataset, own):
    with pytest.raises(UserError, match=next(iter(own))):
        _model(_dataset(small_dataset), **own)
