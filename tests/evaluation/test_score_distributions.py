import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.evaluation.content_similarity import content_similarities
from a2bm2gl_tf.evaluation.mean_scores import mean_scores
from a2bm2gl_tf.evaluation.picked_users import pick_users
from a2bm2gl_tf.evaluation.score_distributions import (
    binned,
    kernel_density,
    kinds_of_items,
    scores_by_kind,
    summarise,
)
from a2bm2gl_tf.evaluation.user_boundaries import user_boundaries
from a2bm2gl_tf.losses.adaptive import AdaptiveLoss

# Three users, six items.
TRAIN = sp.csr_matrix(np.array([[1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 1]], "f"))
VALIDATION = sp.csr_matrix(np.array([[0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0], [0] * 6], "f"))
TEST = sp.csr_matrix(np.array([[0, 0, 0, 1, 0, 0], [0, 1, 0, 0, 0, 0], [0] * 6], "f"))
SCORES = np.array([[4, 1, 9, 2, 0, 2], [5, 7, 1, 1, 1, 2], [3, 1, 2, 3, 0, 8]], "f")
KINDS = [0, 0, 1, 2, 3, 3]


def test_kinds_of_items():
    assert kinds_of_items(0, TRAIN, VALIDATION, TEST).tolist() == KINDS
    assert kinds_of_items(1, TRAIN, VALIDATION, TEST).tolist() == [3, 2, 3, 3, 3, 3]


def test_summaries_by_hand():
    scores = scores_by_kind(SCORES[0], np.array(KINDS))
    assert {kind: values.tolist() for kind, values in scores.items()} == {
        "training": [4, 1],
        "validation": [9],
        "test": [2],
        "negative": [0, 2],
    }
    found = summarise(scores, boundaries=(2.0, 1.0))
    # 4 is above both negatives and 1 above one of two; 2 is above 0 and ties with 2.
    assert found["training"] == (2, 2.5, 1.5, 0.5, 0.75)
    assert found["test"] == (1, 2.0, 0.0, 0.0, 0.75)
    assert found["negative"][:4] == (2, 1.0, 1.0, 0.5)
    assert np.isnan(found["negative"].auc)
    assert np.isnan(summarise(scores)["training"].beyond)


def test_what_has_no_score_is_left_out_and_empty_kinds_are_nan():
    scores = scores_by_kind(np.array([np.nan, 1, np.inf, 2, np.nan, np.nan]), np.array(KINDS))
    found = summarise(scores, boundaries=(0.0, 0.0))
    assert found["training"][:4] == (1, 1.0, 0.0, 1.0)
    assert found["validation"].count == found["negative"].count == 0
    values = [found["training"].auc, found["negative"].mean, found["negative"].beyond]
    assert np.isnan(values).all()


def test_bins_are_shared_and_hold_both_ends():
    edges, counts = binned(scores_by_kind(SCORES[0], np.array(KINDS)), 3)
    assert edges.tolist() == [0, 3, 6, 9]
    assert {kind: cells.tolist() for kind, cells in counts.items()} == {
        "training": [1, 1, 0],
        "validation": [0, 0, 1],
        "test": [1, 0, 0],
        "negative": [2, 0, 0],
    }


def test_density_is_that_of_normal_kernels_of_silvermans_width():
    values = np.array([-1.0, 0.0, 0.5, 3.0])
    # Quartiles -0.25 and 1.125; the deviation, 1.47, is wider than 1.375 / 1.34.
    width = 0.9 * (1.375 / 1.34) * 4**-0.2
    places, density = kernel_density(values, -8, 10, 361)
    kernels = np.exp(-(((places[:, None] - values) / width) ** 2) / 2)
    expected = kernels.sum(axis=1) / (4 * width * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(density, expected, atol=2e-3)
    assert np.trapezoid(density, places) == pytest.approx(1, abs=1e-3)


def test_density_of_equal_values_is_one_narrow_kernel():
    places, density = kernel_density(np.full(7, 2.0), 0, 4, 1001)
    assert places[density.argmax()] == pytest.approx(2, abs=0.005)
    assert np.trapezoid(density, places) == pytest.approx(1, abs=1e-3)
    assert density.max() == pytest.approx(1 / (0.04 * np.sqrt(2 * np.pi)), rel=1e-2)


def test_picked_users_are_at_percentiles_of_those_tested_enough():
    degrees, tested = [9, 2, 2, 0, 7, 30, 4], [2, 2, 5, 9, 2, 1, 3]
    matrices = [
        sp.csr_matrix(np.arange(30)[None] < np.array(counts)[:, None])
        for counts in (degrees, tested)
    ]
    # Without user 3 (no training) and user 5 (one test item): 1, 2, 6, 4, 0 by degree.
    assert pick_users(*matrices).tolist() == [1, 6, 0]
    assert pick_users(*matrices, percentiles=(0, 25, 62.5, 26)).tolist() == [1, 2, 4]
    assert pick_users(*matrices, least_tested=6).tolist() == []


@pytest.mark.parametrize("block_users", [1, 2, None])
def test_mean_scores_by_hand(block_users):
    found = mean_scores(lambda rows: SCORES[rows], TRAIN, VALIDATION, TEST, block_users)
    expected = [[2.5, 2, 1], [np.nan, 7, 2], [5.5, np.nan, 1.5]]
    np.testing.assert_allclose(found, expected)


def test_content_compares_a_training_item_with_the_others():
    features = np.array([[3, 0], [0, 2], [0, 0], [1, 1], [0, 0], [-1, 0]], np.float32)
    present = np.array([True, True, True, True, False, True])
    modality = Modality("text", features, present)
    found = content_similarities(modality, np.array([0, 1, 4]))
    # The profile is (3, 2), less the item itself; item 2 is all zero and item 4 has no text.
    length = np.sqrt(13)
    expected = [0, 0, np.nan, 5 / (length * np.sqrt(2)), np.nan, -3 / length]
    np.testing.assert_allclose(found, expected)
    alone = content_similarities(modality, np.array([0]))
    np.testing.assert_allclose(alone, [np.nan, 0, np.nan, np.sqrt(0.5), np.nan, -1], atol=1e-7)
    assert np.isnan(content_similarities(modality, np.array([4]))).all()


@pytest.mark.parametrize("pooling", ["mean", "sum"])
@pytest.mark.parametrize("block_users", [1, 8])
def test_boundaries_are_eq_9_of_all_training_items(pooling, block_users):
    rng = np.random.default_rng(0)
    users, items = rng.standard_normal((3, 4)).astype("f"), rng.standard_normal((6, 4)).astype("f")
    loss = AdaptiveLoss(4, tf.ones(6), margin=0.7, pooling=pooling, seed=5)
    found = user_boundaries(loss, tf.constant(users), tf.constant(items), TRAIN, block_users)
    assert np.isnan(found[1]).all()
    for row in (0, 2):
        mine = TRAIN[row].toarray()[0] > 0
        for side, chosen, network in (
            (0, mine, loss.upper_network),
            (1, ~mine, loss.lower_network),
        ):
            pool = items[chosen].mean(axis=0) if pooling == "mean" else items[chosen].sum(axis=0)
            weights = [w.numpy() for w in (*network.hidden.weights, *network.output_layer.weights)]
            hidden = np.maximum(np.concatenate([users[row], pool]) @ weights[0] + weights[1], 0)
            expected = (hidden @ weights[2] + weights[3]).item()
            assert found[row, side] == pytest.approx(expected, rel=1e-5, abs=1e-6)
