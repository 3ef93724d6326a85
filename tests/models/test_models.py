"""What every registered model must do, and what is particular to A2BM2GL."""

import dataclasses
import itertools

import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.graph.knn import cosine_neighbours
from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.models import semantic_part
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import MODELS, build_model

# Before training: the path weights of SemRec start as equals.
NOT_RANDOM = {"ease", "ease_content", "itemknn", "popularity", "semrec"}
CONFIG = ModelConfig(dimension=8, knn=4, surfing=Surfing(top_m=6))


@pytest.fixture(params=sorted(MODELS))
def name(request):
    if request.param == "ials":
        pytest.importorskip("implicit")
    return request.param


def _scores(name, dataset, config=CONFIG):
    """Those of all users: a model need not have embeddings."""
    model = build_model(name, dataset, config)
    model.solve()
    return model.scorer()(np.arange(dataset.num_users))


def test_scores_are_finite_and_repeatable(name, small_dataset):
    scores = _scores(name, small_dataset)
    assert scores.shape == (60, 50)
    assert np.isfinite(scores).all()
    np.testing.assert_array_equal(scores, _scores(name, small_dataset))


def test_isolated_users_and_items_do_not_break_a_model(name, small_dataset):
    train = small_dataset.train.tolil()
    train[0], train[:, 0] = 0, 0
    isolated = dataclasses.replace(small_dataset, train=sp.csr_matrix(train))
    assert np.isfinite(_scores(name, isolated)).all()


def test_seed_changes_what_is_random(name, small_dataset):
    first, other = (
        _scores(name, small_dataset, dataclasses.replace(CONFIG, seed=seed)) for seed in (0, 1)
    )
    assert np.array_equal(first, other) == (name in NOT_RANDOM)


def _standardised(weights):
    """Enough values to tell streams apart, whatever the scale: equal ones correlate fully."""
    values = np.ravel(weights)[:64].astype("f8")
    return (values - values.mean()) / max(np.linalg.norm(values - values.mean()), 1e-30)


def _alike(weights, other):
    """Whether one starts as the other does, up to scale: the same random numbers."""
    length = min(np.size(weights), np.size(other), 64)
    parts = (_standardised(np.ravel(x)[:length]) for x in (weights, other))
    return abs(float(np.dot(*parts))) > 0.999


@pytest.mark.parametrize("name", sorted(set(MODELS) - NOT_RANDOM - {"a2bm2gl"}))
def test_no_two_initial_weights_of_neighbouring_seeds_are_the_same_numbers(name, small_dataset):
    drawn = []
    for seed in (7, 8):
        model = build_model(name, small_dataset, dataclasses.replace(CONFIG, seed=seed))
        # Those of alternating least squares are solved for, not trained.
        for weights in model.trainable_weights or model.weights:
            # Constants are no random numbers, nor are an LSTM's biases of 0 and 1.
            if len(np.unique(weights)) > 2:
                drawn.append((f"{weights.path} of seed {seed}", weights.numpy()))
    pairs = itertools.combinations(drawn, 2)
    assert [(one, two) for (one, a), (two, b) in pairs if _alike(a, b)] == []


def test_popularity_counts_training_interactions(small_dataset):
    users, items = build_model("popularity", small_dataset, CONFIG).embeddings()
    expected = np.asarray(small_dataset.train.sum(axis=0)).ravel()
    np.testing.assert_array_equal((users.numpy() @ items.numpy().T)[7], expected)


def test_fusion_is_the_sum_of_the_parts(small_dataset):
    model = build_model("a2bm2gl", small_dataset, CONFIG)
    result = model(training=False)
    structural = tf.concat([result.structural_users, result.structural_items], axis=0)
    attended, _ = model.attention(structural)
    users = result.structural_users + attended[:60]
    items = result.structural_items + attended[60:]
    for part in model.semantic_parts:
        representation, semantic_attended, _ = part()
        items = items + representation.items + semantic_attended
    np.testing.assert_allclose(result.users, users, atol=1e-6)
    np.testing.assert_allclose(result.items, items, atol=1e-6)


@pytest.mark.parametrize("neighbourhood", ["top_m", "full", "reachable"])
def test_switches_remove_exactly_their_part(small_dataset, neighbourhood):
    def build(**switches):
        surfing = Surfing(neighbourhood=neighbourhood, top_m=6)
        config = dataclasses.replace(CONFIG, surfing=surfing, **switches)
        return build_model("a2bm2gl", small_dataset, config)(training=False)

    full = build()
    assert set(full.semantic) == {"visual", "acoustic", "textual"}
    assert set(full.attention_entropy) == {"interaction", "visual", "acoustic", "textual"}
    without_attention = build(anti_bottleneck=False)
    assert not without_attention.attention_entropy
    np.testing.assert_array_equal(without_attention.users, without_attention.structural_users)
    without_semantic = build(semantic=False)
    assert not without_semantic.semantic
    assert set(without_semantic.attention_entropy) == {"interaction"}
    neither = build(anti_bottleneck=False, semantic=False)
    np.testing.assert_array_equal(neither.items, neither.structural_items)


def test_any_number_of_modalities_and_an_item_without_any(small_dataset):
    rng = np.random.default_rng(0)
    present = np.ones((5, 50), bool)
    present[:, 7] = False
    modalities = []
    for index in range(5):
        features = rng.normal(size=(50, 3 + index)).astype("f4")
        features[~present[index]] = 0
        modalities.append(Modality(f"m{index}", features, present[index]))
    dataset = dataclasses.replace(small_dataset, modalities=tuple(modalities))
    model = build_model("a2bm2gl", dataset, CONFIG)
    result = model(training=False)
    assert list(result.semantic) == [f"m{index}" for index in range(5)]
    for part in result.semantic.values():
        np.testing.assert_array_equal(part.items[7], np.zeros(8))
        assert not (part.neighbours.numpy() == 7).any()
    none = dataclasses.replace(small_dataset, modalities=())
    assert build_model("a2bm2gl", none, CONFIG)(training=False).semantic == {}


def test_refresh_follows_the_learned_similarity(small_dataset):
    model = build_model("a2bm2gl", small_dataset, CONFIG)
    part = model.semantic_parts[0]
    before = part.neighbours.numpy().copy()
    weights = part.similarity.w.numpy()
    weights[:, : weights.shape[1] // 2] = 0.0
    part.similarity.w.assign(weights)
    np.testing.assert_array_equal(part.neighbours.numpy(), before)
    model.refresh()
    assert (part.neighbours.numpy() != before).any()


def test_dropout_depends_on_its_seed_alone_and_only_in_training(small_dataset):
    config = dataclasses.replace(CONFIG, dropout=0.5)
    model = build_model("a2bm2gl", small_dataset, config)
    seed, other = tf.constant([0, 1]), tf.constant([0, 2])
    first = model(training=True, dropout_seed=seed).users
    np.testing.assert_array_equal(first, model(training=True, dropout_seed=seed).users)
    assert not np.array_equal(first, model(training=True, dropout_seed=other).users)
    plain = build_model("a2bm2gl", small_dataset, CONFIG)
    np.testing.assert_array_equal(model.embeddings()[0], plain.embeddings()[0])


def test_gradient_of_the_whole_model_matches_finite_differences(small_dataset):
    model = build_model("a2bm2gl", small_dataset, CONFIG)
    upstream = np.random.default_rng(1).normal(size=(50, 8)).astype("f4")

    def total():
        return tf.reduce_sum(model(training=True).items * upstream)

    kernel = model.semantic_parts[1].encoder.kernel
    with tf.GradientTape() as tape:
        value = total()
    variables = [kernel.value, model.node_embeddings.table.value]
    gradients = tape.gradient(value, variables)
    for variable, gradient in zip((kernel, model.node_embeddings.table), gradients, strict=True):
        gradient = tf.convert_to_tensor(gradient)
        direction = gradient / tf.norm(gradient)
        start, step, values = variable.numpy(), 1e-2, []
        for sign in (1, -1):
            variable.assign(start + sign * step * direction.numpy())
            values.append(float(total()))
        variable.assign(start)
        numeric = (values[0] - values[1]) / (2 * step)
        assert float(tf.norm(gradient)) == pytest.approx(numeric, rel=2e-2)


def test_refresh_waits_until_a_similarity_can_have_moved_by_more_than_the_tolerance(
    small_dataset, monkeypatch
):
    selections = []

    def counted(*arguments):
        selections.append(arguments)
        return cosine_neighbours(*arguments)

    monkeypatch.setattr(semantic_part, "cosine_neighbours", counted)
    tolerant = dataclasses.replace(CONFIG, knn_tolerance=0.05)
    for config, after_a_little in ((CONFIG, 1), (tolerant, 0)):
        part = build_model("a2bm2gl", small_dataset, config).semantic_parts[0]
        selections.clear()
        part.refresh()
        assert len(selections) == 0  # w_p is the same
        part.similarity.w.assign(part.similarity.w.numpy() * np.float32(1.0) + 1e-5)
        part.refresh()
        assert len(selections) == after_a_little
        # Many small steps add up: what counts is the distance from the last selection.
        part.similarity.w.assign(np.random.default_rng(0).normal(size=part.similarity.w.shape))
        part.refresh()
        assert len(selections) == after_a_little + 1
        expected = cosine_neighbours(
            part.features.numpy(), part.similarity.head_weights(), part.present, 4
        )
        np.testing.assert_array_equal(part.neighbours, expected)
