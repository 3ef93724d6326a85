"""Metrics against hand-worked cases, every order of ties, scikit-learn and other block sizes."""

import itertools
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.metrics import ndcg_score, roc_auc_score

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.evaluate import evaluate
from a2bm2gl_tf.evaluation.protocols import find_protocol
from a2bm2gl_tf.evaluation.scoring import embedding_scores


def _fixed(scores):
    scores = np.asarray(scores, np.float32)
    return lambda users: scores[users]


def _matrix(dense):
    return sp.csr_matrix(np.asarray(dense, np.float32))


def _random(num_users=40, num_items=30, seed=0, levels=None):
    """Scores, positives and seen items; few `levels` make many ties."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(num_users, num_items)).astype("f4")
    if levels:
        scores = rng.integers(levels, size=scores.shape).astype("f4")
    kind = rng.choice(3, size=scores.shape, p=[0.7, 0.15, 0.15])
    kind[:, 0] = 1  # everybody has a positive
    kind[:, 1] = 0  # and a negative
    return scores, _matrix(kind == 1), _matrix(kind == 2)


def test_by_hand_without_ties():
    # Item 1 is seen. Candidates in order of score: 4, 0, 3, 2, 5; positives 0 and 2.
    scores = [[0.8, 9.9, 0.2, 0.5, 0.9, 0.1]]
    result = evaluate(
        _fixed(scores), _matrix([[1, 0, 1, 0, 0, 0]]), _matrix([[0, 1, 0, 0, 0, 0]]), [3]
    )
    gain = 1 / np.log2(3)
    assert result.means["precision@3"] == pytest.approx(1 / 3)
    assert result.means["recall@3"] == pytest.approx(1 / 2)
    assert result.means["ndcg@3"] == pytest.approx(gain / (1 + gain))
    assert result.means["hit_rate@3"] == 1.0
    # Of six positive-negative pairs, 0 beats 3 and 5, 2 beats 5.
    assert result.means["auc"] == pytest.approx(3 / 6)


def test_ideal_dcg_stops_at_k():
    result = evaluate(_fixed([[4, 3, 2, 1]]), _matrix([[1, 1, 1, 0]]), _matrix([[0] * 4]), [2])
    assert result.means["ndcg@2"] == pytest.approx(1.0)
    assert result.means["recall@2"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "scores", [[1, 1, 1, 1, 1], [2, 2, 1, 1, 1], [3, 2, 2, 2, 1], [1, 2, 2, 3, 3]]
)
def test_ties_are_the_mean_over_every_order(scores, k):
    positives = [1, 0, 1, 1, 0]
    expected = {"precision": [], "recall": [], "ndcg": [], "hit_rate": []}
    orders = [
        order
        for order in itertools.permutations(range(5))
        if all(scores[a] >= scores[b] for a, b in itertools.pairwise(order))
    ]
    ideal = sum(1 / np.log2(rank + 2) for rank in range(min(3, k)))
    for order in orders:
        hits = [positives[item] for item in order[:k]]
        expected["precision"].append(sum(hits) / k)
        expected["recall"].append(sum(hits) / 3)
        dcg = sum(hit / np.log2(rank + 2) for rank, hit in enumerate(hits))
        expected["ndcg"].append(dcg / ideal)
        expected["hit_rate"].append(float(any(hits)))
    result = evaluate(_fixed([scores]), _matrix([positives]), _matrix([[0] * 5]), [k])
    for name, values in expected.items():
        assert result.means[f"{name}@{k}"] == pytest.approx(np.mean(values)), name


@pytest.mark.parametrize("levels", [None, 4])
def test_auc_equals_scikit_learn(levels):
    scores, positives, seen = _random(levels=levels)
    result = evaluate(_fixed(scores), positives, seen, [5], block_users=7)
    candidates = seen.toarray() == 0
    labels = positives.toarray() > 0
    expected = [
        roc_auc_score(labels[u][candidates[u]], scores[u][candidates[u]]) for u in range(40)
    ]
    np.testing.assert_allclose(result.per_user["auc"], expected, atol=1e-12)
    pooled = roc_auc_score(labels[candidates], scores[candidates])
    assert result.means["auc_pooled"] == pytest.approx(pooled, abs=1e-12)


@pytest.mark.parametrize("levels", [None, 4])
def test_ndcg_equals_scikit_learn_where_its_ideal_is_the_same(levels):
    # scikit-learn also averages over ties; with no item seen the candidates are all items.
    scores, positives, seen = _random(levels=levels)
    nothing = sp.csr_matrix(seen.shape, dtype=np.float32)
    result = evaluate(_fixed(scores), positives, nothing, [5, 30])
    labels = positives.toarray()
    for k in (5, 30):
        expected = [
            ndcg_score(labels[u : u + 1], scores[u : u + 1].astype(np.float64), k=k)
            for u in range(40)
        ]
        np.testing.assert_allclose(result.per_user[f"ndcg@{k}"], expected, atol=1e-12)


def test_a_constant_scorer_is_exactly_chance():
    _, positives, seen = _random()
    result = evaluate(_fixed(np.zeros((40, 30))), positives, seen, [10])
    assert result.means["auc"] == 0.5
    assert result.means["auc_pooled"] == 0.5
    candidates = 30 - seen.getnnz(axis=1)
    np.testing.assert_allclose(
        result.per_user["recall@10"], np.minimum(10 / candidates, 1), atol=1e-12
    )


@pytest.mark.parametrize("protocol", ["whole_catalogue", "sampled_1000"])
def test_block_size_changes_nothing(protocol):
    scores, positives, seen = _random(levels=5)
    results = [
        evaluate(_fixed(scores), positives, seen, [1, 10], protocol, block_users=size)
        for size in (1, 7, 100)
    ]
    assert results[0].means == results[1].means == results[2].means


def test_users_without_positives_are_left_out_and_without_negatives_have_no_auc():
    positives = _matrix([[0, 0, 0], [1, 1, 1], [1, 0, 0]])
    result = evaluate(_fixed(np.eye(3)), positives, _matrix(np.zeros((3, 3))), [1])
    np.testing.assert_array_equal(result.users, [1, 2])
    assert result.means["num_users"] == 2
    assert result.users_without_negatives == 1
    assert np.isnan(result.per_user["auc"][0])


def test_sampled_protocol_is_seeded_per_user_and_never_shows_seen_items():
    rng = np.random.default_rng(0)
    kind = rng.choice(3, size=(3, 3000), p=[0.9, 0.05, 0.05])
    positives, seen = _matrix(kind == 1), _matrix(kind == 2)
    sample = find_protocol("sampled_1000")
    together = sample(np.arange(3), positives, seen, 5)
    np.testing.assert_array_equal(sample(np.array([2]), positives[2], seen[2], 5)[0], together[2])
    assert not together[kind == 2].any()
    assert together[kind == 1].all()
    np.testing.assert_array_equal((together & (kind == 0)).sum(axis=1), [1000] * 3)
    assert (sample(np.arange(3), positives, seen, 6) != together).any()


def test_memory_does_not_grow_with_users():
    def peak(num_users):
        rng = np.random.default_rng(0)
        users = rng.normal(size=(num_users, 4)).astype("f4")
        items = rng.normal(size=(500, 4)).astype("f4")
        positives = sp.random(num_users, 500, density=0.01, random_state=0, format="csr")
        nothing = sp.csr_matrix(positives.shape)
        tracemalloc.start()
        evaluate(embedding_scores(users, items), positives, nothing, [10], block_users=50)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    # Sixteen times the scores; only what is kept a positive (tens of bytes) may grow.
    assert peak(4000) < peak(250) + 4000 * 500 * 4 / 4


def test_bad_input_is_named():
    scores, positives, seen = _random()
    with pytest.raises(UserError, match="--top_k"):
        evaluate(_fixed(scores), positives, seen, [31])
    with pytest.raises(UserError, match="--top_k"):
        evaluate(_fixed(scores), positives, seen, [0])
    with pytest.raises(UserError, match="--protocol"):
        evaluate(_fixed(scores), positives, seen, [5], protocol="leave_one_out")
    with pytest.raises(UserError, match="no user"):
        evaluate(_fixed(scores), sp.csr_matrix(positives.shape), seen, [5])
    with pytest.raises(ValueError, match="both positive and seen"):
        evaluate(_fixed(scores), positives, positives, [5])
    broken = scores.copy()
    broken[3, 4] = np.nan
    with pytest.raises(ValueError, match="3"):
        evaluate(_fixed(broken), positives, seen, [5])
