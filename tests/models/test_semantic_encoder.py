"""New items against the layers themselves, run on a graph to which the items were added."""

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.graph.components import component_labels
from a2bm2gl_tf.graph.knn import neighbours_to_csr
from a2bm2gl_tf.layers.component_order import components_of
from a2bm2gl_tf.layers.full_attention import exact_attention
from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.models.a2bm2gl import A2BM2GL
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.semantic_encoder import SemanticItemEncoder


@pytest.fixture(scope="module", params=["relu", "linear"])
def model(request, small_dataset):
    config = ModelConfig(
        dimension=6,
        knn=3,
        surfing=Surfing(neighbourhood="full"),
        semantic_activation=request.param,
        self_loop_weight=0.7,
        seed=1,
    )
    return A2BM2GL(small_dataset, config)


def _cosines(features, known, head_weights):
    total = 0
    for w in head_weights.astype(np.float64):
        a, b = features * w, known * w
        a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
        total = total + a @ b.T
    return total / len(head_weights)


def _with_the_new_items(part, new):
    """H and E^anti of the layers, the new items being rows beyond the known ones."""
    features = part.features.numpy()
    num_known, k = part.neighbours.shape
    similarities = _cosines(new, features[part.present], part.similarity.head_weights())
    order = np.argsort(-similarities, axis=1)[:, :k]
    chosen = np.flatnonzero(part.present)[order]
    neighbours = np.concatenate([part.neighbours.numpy(), chosen])
    joined = tf.constant(np.concatenate([features, new]))
    values = part.similarity(joined, tf.constant(neighbours))
    encoded = part.encoder(joined, values, tf.constant(neighbours))
    attended = []
    # One at a time: a new item is no neighbour of another new one.
    for row in range(num_known, len(neighbours)):
        rows = np.r_[np.arange(num_known), row]
        lists = np.where(neighbours[rows] >= num_known, -1, neighbours[rows])
        layout = components_of(component_labels(neighbours_to_csr(lists)))
        h = tf.gather(encoded, rows)
        left, right = part.attention.logit_parts(h)
        attended.append(exact_attention(left, right, h, layout)[0][-1])
    return encoded[num_known:].numpy() + np.stack(attended)


def test_it_equals_the_layers_on_the_enlarged_graph(model):
    rng = np.random.default_rng(2)
    new, expected = [], 0
    for part in model.semantic_parts:
        rows = rng.normal(size=(4, part.features.shape[1])).astype(np.float32)
        new.append(rows)
        expected = expected + _with_the_new_items(part, rows)
    encoder = SemanticItemEncoder(model.semantic_parts)
    assert encoder.modalities == tuple(part.name for part in model.semantic_parts)
    found = encoder([tf.constant(rows) for rows in new], [tf.constant([True] * 4)] * len(new))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_a_missing_modality_adds_nothing(model):
    rng = np.random.default_rng(3)
    rows = [
        rng.normal(size=(2, p.features.shape[1])).astype(np.float32) for p in model.semantic_parts
    ]
    features = [tf.constant(r) for r in rows]
    there = tf.constant([True, True])
    first_alone = [there] + [~there] * (len(rows) - 1)
    others = [~there] + [there] * (len(rows) - 1)
    encoder = SemanticItemEncoder(model.semantic_parts)
    summed = encoder(features, first_alone) + encoder(features, others)
    np.testing.assert_allclose(summed, encoder(features, [there] * len(rows)), rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(encoder(features, [~there] * len(rows)), np.zeros((2, 6)))


def test_surfed_neighbourhoods_borrow_the_neighbours_attention(small_dataset):
    config = ModelConfig(dimension=4, knn=3, surfing=Surfing(top_m=5), seed=2)
    model = A2BM2GL(small_dataset, config)
    part = model.semantic_parts[0]
    encoder = SemanticItemEncoder([part])
    new = np.random.default_rng(5).normal(size=(1, part.features.shape[1])).astype(np.float32)
    known = np.flatnonzero(part.present)
    cosines = _cosines(new, part.features.numpy()[known], part.similarity.head_weights())[0]
    best = np.argsort(-cosines)[:3]
    weights = np.maximum(cosines[best], 0)
    _, attended, _ = part()
    borrowed = weights @ attended.numpy()[known[best]] / weights.sum()
    config = ModelConfig(dimension=4, knn=3, anti_bottleneck=False, seed=2)
    without = SemanticItemEncoder([A2BM2GL(small_dataset, config).semantic_parts[0]])
    rows, there = [tf.constant(new)], [tf.constant([True])]
    np.testing.assert_allclose(
        encoder(rows, there) - without(rows, there), borrowed[None], rtol=1e-4, atol=1e-6
    )


def test_content_part_is_a_summand_of_the_item_embeddings(model, small_dataset):
    part = model.content_part()
    whole = model(training=False)
    without = tf.split(model.collaborative(model.node_embeddings()), [60, 50])[1]
    attended, _ = model.attention(model.collaborative(model.node_embeddings()))
    np.testing.assert_allclose(
        part.items, whole.items - without - attended[60:], rtol=1e-4, atol=1e-5
    )
    assert A2BM2GL(small_dataset, ModelConfig(dimension=4, semantic=False)).content_part() is None
