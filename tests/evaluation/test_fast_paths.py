"""What evaluation computes fast equals what counting every candidate gives, ties included."""

import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf
from sklearn.metrics import roc_auc_score

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation import metrics
from a2bm2gl_tf.evaluation.evaluate import evaluate
from a2bm2gl_tf.evaluation.grouped_top_k import GROUP, grouped_top_k
from a2bm2gl_tf.evaluation.pooled_auc import PooledAuc
from a2bm2gl_tf.evaluation.protocols import find_protocol
from a2bm2gl_tf.evaluation.ranks import count_ranks
from a2bm2gl_tf.evaluation.scoring import embedding_scores
from a2bm2gl_tf.evaluation.top_k import top_k_items
from a2bm2gl_tf.evaluation.unseen_counts import count_among_unseen

NUM_USERS, NUM_ITEMS = 30, 7 * GROUP + 5


def _split(rng, num_users=NUM_USERS, num_items=NUM_ITEMS):
    """Positives and seen items; the last user has two candidates left, the one before all seen
    but positives."""
    kind = rng.choice(3, size=(num_users, num_items), p=[0.85, 0.05, 0.1])
    kind[:, 3] = 1
    kind[-1], kind[-2] = 2, 2
    kind[-1, [0, 1]] = 1, 0
    kind[-2, [4, 5, num_items - 1]] = 1
    return sp.csr_matrix(kind == 1, dtype=np.float32), sp.csr_matrix(kind == 2, dtype=np.float32)


def _scores(kind, rng):
    shape = (NUM_USERS, NUM_ITEMS)
    if kind == "distinct":
        return rng.permuted(np.tile(np.arange(NUM_ITEMS, dtype="f4"), (NUM_USERS, 1)), axis=1)
    if kind == "few_levels":
        return rng.integers(4, size=shape).astype("f4")
    if kind == "constant":
        return np.zeros(shape, "f4")
    if kind == "minus_infinity":
        return np.where(rng.random(shape) < 0.6, -np.inf, rng.integers(9, size=shape)).astype("f4")
    if kind == "infinity":
        return np.where(rng.random(shape) < 0.1, np.inf, rng.normal(size=shape)).astype("f4")
    return np.repeat(rng.normal(size=(NUM_USERS, NUM_ITEMS // 3 + 1)), 3, axis=1)[
        :, :NUM_ITEMS
    ].astype("f4")  # every score three times


KINDS = ("distinct", "few_levels", "constant", "minus_infinity", "infinity", "triples")


def _reference(scores, positives, seen, ks):
    candidates = find_protocol("whole_catalogue")(np.arange(len(scores)), positives, seen, 0)
    counts = count_ranks(scores, positives, candidates)
    functions = {
        "precision": metrics.precision,
        "recall": metrics.recall,
        "ndcg": metrics.ndcg,
        "hit_rate": metrics.hit_rate,
    }
    return counts, {f"{n}@{k}": f(counts, k) for k in ks for n, f in functions.items()}


@pytest.mark.parametrize("block_users", [1, 7, 30, 100])
@pytest.mark.parametrize("kind", KINDS)
def test_metrics_without_auc_equal_full_counts(kind, block_users):
    rng = np.random.default_rng(1)
    positives, seen = _split(rng)
    scores = _scores(kind, rng)
    # 1 and V are the ends; 20 selects by groups, 200 sorts.
    for ks in ([1], [5, 20], [200], [NUM_ITEMS]):
        _, expected = _reference(scores, positives, seen, ks)
        result = evaluate(
            lambda rows: scores[rows], positives, seen, ks, block_users=block_users, with_auc=False
        )
        assert result.per_user.keys() == expected.keys()
        for name, values in expected.items():
            np.testing.assert_array_equal(result.per_user[name], values, err_msg=name)
        assert result.users_without_negatives == 1


@pytest.mark.parametrize("kind", KINDS)
def test_counts_among_unseen_equal_full_counts(kind):
    rng = np.random.default_rng(2)
    positives, seen = _split(rng)
    # User 0 has more positives than are compared one by one.
    many = sp.lil_matrix(positives.shape, dtype=np.float32)
    many[0, 100:300] = 1
    positives = sp.csr_matrix(((positives + many) > 0).astype(np.float32))
    seen = seen.multiply(positives.toarray() == 0).tocsr()
    seen.eliminate_zeros()
    scores = _scores(kind, rng)
    expected, _ = _reference(scores, positives, seen, [1])
    got = count_among_unseen(scores, positives, seen)
    for name in ("above", "tied", "num_positives", "num_candidates"):
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name), err_msg=name)


def test_the_callers_scores_are_left_as_they_are():
    rng = np.random.default_rng(3)
    positives, seen = _split(rng)
    scores = _scores("distinct", rng)
    before = scores.copy()
    for with_auc in (False, True):
        evaluate(
            lambda rows: scores, positives, seen, [5], block_users=NUM_USERS, with_auc=with_auc
        )
        np.testing.assert_array_equal(scores, before)


@pytest.mark.parametrize("block_users", [None, 4])
def test_embeddings_and_their_product_give_the_same(block_users):
    # Whole numbers: products are exact, so there are ties, and no rounding to differ in.
    rng = np.random.default_rng(4)
    positives, seen = _split(rng)
    users = rng.integers(-2, 3, size=(NUM_USERS, 6)).astype("f4")
    items = rng.integers(-2, 3, size=(NUM_ITEMS, 6)).astype("f4")
    product = users @ items.T
    counts, expected = _reference(product, positives, seen, [3, 20])
    scores = embedding_scores(users, items)
    fast = evaluate(scores, positives, seen, [3, 20], block_users=block_users, with_auc=False)
    full = evaluate(scores, positives, seen, [3, 20], block_users=block_users)
    for name, values in expected.items():
        np.testing.assert_array_equal(fast.per_user[name], values, err_msg=name)
        np.testing.assert_array_equal(full.per_user[name], values, err_msg=name)
    assert counts.tied.max() > 20  # ties that reach over the end of the list were there
    candidates = seen.toarray() == 0
    labels = positives.toarray() > 0
    pooled = roc_auc_score(labels[candidates], product[candidates])
    assert full.means["auc_pooled"] == pytest.approx(pooled, abs=1e-12)


def test_nan_is_still_found():
    positives, seen = _split(np.random.default_rng(5))
    users = np.ones((NUM_USERS, 2), np.float32)
    items = np.ones((NUM_ITEMS, 2), np.float32)
    broken = users.copy()
    broken[6, 1] = np.nan
    infinite = items * np.array([np.inf, -np.inf], np.float32)
    for scores in (embedding_scores(broken, items), embedding_scores(users, infinite)):
        assert not scores.always_finite
        with pytest.raises(ValueError, match="NaN score"):
            evaluate(scores, positives, seen, [5], with_auc=False)
    assert not embedding_scores(users * 2, items * 3e38).always_finite
    assert embedding_scores(users, items).always_finite


@pytest.mark.parametrize("kind", [*KINDS, "one_value_a_group"])
@pytest.mark.parametrize("k", [1, 2, 3, 6, 7, 20, NUM_ITEMS])
def test_grouped_top_k_is_top_k(kind, k):
    rng = np.random.default_rng(6)
    if kind == "one_value_a_group":
        scores = np.tile(np.arange(NUM_ITEMS) // GROUP % 3, (NUM_USERS, 1)).astype("f4")
    else:
        scores = _scores(kind, rng)
    expected = tf.math.top_k(scores, k)
    for places in (k, tf.constant(k)):  # an integer may choose the plain way; a tensor cannot
        values, columns = grouped_top_k(tf.constant(scores), places)
        np.testing.assert_array_equal(values, expected.values)
        np.testing.assert_array_equal(columns, expected.indices)


@pytest.mark.parametrize("num_items", [1, GROUP, 2 * GROUP - 1, 2 * GROUP, 2 * GROUP + 1])
def test_grouped_top_k_of_any_width(num_items):
    scores = np.random.default_rng(7).integers(5, size=(9, num_items)).astype("f4")
    expected = tf.math.top_k(scores, 1)
    values, columns = grouped_top_k(tf.constant(scores), 1)
    np.testing.assert_array_equal(values, expected.values)
    np.testing.assert_array_equal(columns, expected.indices)


@pytest.mark.parametrize("block_users", [None, 1, 8])
def test_top_k_items_by_hand_and_against_a_sort(block_users):
    users, items = np.eye(2, dtype="f4"), np.array([[1, 0], [3, 0], [2, 5], [2, 5]], "f4")
    seen = sp.csr_matrix([[0, 1, 0, 0], [1, 1, 1, 0]])
    rows, scores = top_k_items(embedding_scores(users, items), seen, 3, block_users=block_users)
    np.testing.assert_array_equal(rows, [[2, 3, 0], [3, -1, -1]])
    np.testing.assert_array_equal(scores, [[2, 2, 1], [5, -np.inf, -np.inf]])

    rng = np.random.default_rng(8)
    _, seen = _split(rng)
    users = rng.integers(-2, 3, size=(NUM_USERS, 6)).astype("f4")
    items = rng.integers(-2, 3, size=(NUM_ITEMS, 6)).astype("f4")
    chosen = np.array([4, 29, 4, 11])
    rows, scores = top_k_items(
        embedding_scores(users, items), seen, 12, chosen, block_users=block_users
    )
    product = np.where(seen.toarray() > 0, -np.inf, users @ items.T)[chosen]
    best = np.argsort(-product, axis=1, kind="stable")[:, :12]
    np.testing.assert_array_equal(scores, np.take_along_axis(product, best, axis=1))
    np.testing.assert_array_equal(rows, np.where(np.isneginf(scores), -1, best))


def test_top_k_items_of_nobody_of_everything_and_out_of_range():
    scores = embedding_scores(np.eye(3, dtype="f4"), np.eye(3, dtype="f4"))
    rows, values = top_k_items(scores, None, 2, np.array([], int))
    assert rows.shape == values.shape == (0, 2)
    np.testing.assert_array_equal(
        top_k_items(scores, None, 3)[0], [[0, 1, 2], [1, 0, 2], [2, 0, 1]]
    )
    for k in (0, 4):
        with pytest.raises(UserError, match=f"k = {k} is out of range"):
            top_k_items(scores, None, k)
    with pytest.raises(ValueError, match="seen items are"):
        top_k_items(scores, sp.csr_matrix((3, 4)), 1)


def _pairs(positives, negatives):
    above = (positives[:, None] > negatives[None, :]).sum()
    return (above + 0.5 * (positives[:, None] == negatives[None, :]).sum()) / (
        positives.size * negatives.size
    )


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.normal(size=n),
        lambda rng, n: rng.integers(6, size=n),
        lambda rng, n: rng.standard_cauchy(size=n),
        lambda rng, n: np.full(n, 2.5),
        lambda rng, n: rng.choice([-np.inf, -1, 0, 1, np.inf], size=n),
        lambda rng, n: rng.choice([-3e38, 1e-42, 0, 1, 3e38], size=n),
        lambda rng, n: 1 + rng.integers(4, size=n) * 2.0**-23,
        lambda rng, n: rng.choice([-0.0, 0.0, -1e-45, 1e-45], size=n),
    ],
    ids=["normal", "levels", "heavy", "constant", "infinite", "extreme", "neighbours", "zeros"],
)
def test_pooled_auc_counts_pairs(draw):
    rng = np.random.default_rng(9)
    positives = draw(rng, 300).astype("f4")
    negatives = draw(rng, 2000).astype("f4")
    pooled = PooledAuc(positives)
    pooled.add_negatives(negatives[:1500].reshape(3, 500))
    pooled.add_negatives(np.concatenate([negatives[1500:], positives]))
    pooled.take_away(positives)
    assert pooled.value() == pytest.approx(_pairs(positives, negatives), abs=1e-15)


def test_pooled_auc_without_negatives_is_undefined():
    assert np.isnan(PooledAuc(np.ones(3, np.float32)).value())
