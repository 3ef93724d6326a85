import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.serving.export import export_saved_model
from a2bm2gl_tf.serving.fold_in import FoldIn, fold_in_rows
from a2bm2gl_tf.serving.fold_in_selection import select_fold_in
from a2bm2gl_tf.serving.module import ServingModule

WEIGHTS = FoldIn(negative_weight=0.5, ridge=2.0)


def test_one_dimension_by_hand():
    items = np.array([[2.0], [1.0]], np.float32)
    # sum of squares 5, mean square 2.5: penalty 0.5 * 5 + 2 * 2.5 = 7.5.
    penalty = WEIGHTS.penalty(items)
    np.testing.assert_allclose(penalty, [[7.5]])
    # {first}: 2 / (4 + 7.5); both: 3 / (5 + 7.5); none: 0.
    rows = fold_in_rows(items, [np.array([0]), np.array([0, 1]), np.array([], int)], penalty)
    np.testing.assert_allclose(rows, [[2 / 11.5], [3 / 12.5], [0]], rtol=1e-6)
    assert rows.dtype == np.float32


def test_two_dimensions_by_hand():
    items = np.array([[1.0, 0.0], [1.0, 1.0]], np.float32)
    # Gram [[2, 1], [1, 1]], mean square 3 / 4: penalty [[1, .5], [.5, .5]] + 1.5 I.
    penalty = WEIGHTS.penalty(items)
    np.testing.assert_allclose(penalty, [[2.5, 0.5], [0.5, 2.0]])
    # With the second item: [[3.5, 1.5], [1.5, 3]] e = [1, 1]; determinant 8.25.
    rows = fold_in_rows(items, [np.array([1])], penalty)
    np.testing.assert_allclose(rows, [[1.5 / 8.25, 2 / 8.25]], rtol=1e-6)


def test_it_is_the_minimum_of_the_stated_loss(random_index):
    items = random_index.item_embeddings.astype(np.float64)
    listed = np.array([3, 17, 60])
    penalty = WEIGHTS.penalty(random_index.item_embeddings)
    found = fold_in_rows(random_index.item_embeddings, [listed], penalty)[0].astype(np.float64)

    def loss(e):
        scores = items @ e
        ridge = WEIGHTS.ridge * np.square(items).mean() * (e @ e)
        return np.square(1 - scores[listed]).sum() + 0.5 * np.square(scores).sum() + ridge

    rng = np.random.default_rng(0)
    around = [loss(found + 1e-3 * rng.normal(size=found.shape)) for _ in range(50)]
    assert loss(found) < min(around)


def test_numpy_answers_by_hand(make_index):
    # One column of item embeddings: 1, 0, 1, 2, 0, 1; any liked item gives a positive e, and the
    # ranking is theirs.
    index = make_index(
        user_embeddings=np.ones((4, 1), np.float32),
        item_embeddings=np.array([[1], [0], [1], [2], [0], [1]], np.float32),
        fold_in_weights=WEIGHTS,
    )
    ids, scores, known = index.fold_in([[300, 600, 300, 12345], [12345], []], 3)
    # Item 300 and item 600 are left out; the next are 400 and 100 with 1, then 500 with 0. Unknown
    # lists get the most popular ones; seen counts are 1, 2, 1, 1, 1, 2.
    assert ids == [[400, 100, 500], [500, 100, 600], [500, 100, 600]]
    assert known.tolist() == [True, False, False]
    # Sums 3 over 5 + 0.5 * 7 + 2 * 7 / 6.
    e = 3 / (5 + 3.5 + 14 / 6)
    np.testing.assert_allclose(scores, [[e, e, 0], [2, 2, 1], [2, 2, 1]], rtol=1e-6)
    rows = index.fold_in_embeddings([[300, 600, 300], []])
    np.testing.assert_allclose(rows, [[e], [0]], rtol=1e-6)
    assert index.fold_in([[300, 600]], 1, exclude_seen=False)[0] == [[300]]
    assert index.fold_in([], 2)[0] == []


def _padded(lists, empty):
    width = max(map(len, lists))
    return [list(ids) + [empty] * (width - len(ids)) for ids in lists]


@pytest.mark.parametrize("kind", ["integer", "text"])
@pytest.mark.parametrize("exclude_seen", [True, False])
def test_signature_equals_numpy(make_index, kind, exclude_seen, tmp_path):
    index = make_index(kind, fold_in_weights=WEIGHTS)
    one, two, three = index.item_ids[[0, 3, 5]].tolist()
    unknown = 12345 if kind == "integer" else "nothing"
    lists = [[one, two], [two, two, unknown, one], [], [unknown], [three]]
    empty = -1 if kind == "integer" else ""
    path = export_saved_model(index, tmp_path / "export", {})
    loaded = tf.saved_model.load(str(path))
    request = tf.constant(_padded(lists, empty), loaded.item_ids.dtype)
    answer = loaded.signatures["fold_in"](
        item_ids=request, k=tf.constant(4), exclude_seen=tf.constant(exclude_seen)
    )
    ids, scores, known = index.fold_in(lists, 4, exclude_seen)
    shown = [
        [i.decode() if isinstance(i, bytes) else i for i in row]
        for row in answer["item_ids"].numpy().tolist()
    ]
    assert shown == [[empty if i is None else i for i in row] for row in ids]
    np.testing.assert_allclose(answer["scores"], scores, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(answer["known"], known)
    np.testing.assert_allclose(
        answer["user_embeddings"], index.fold_in_embeddings(lists), rtol=1e-5, atol=1e-7
    )
    # Order and repetition of the items change nothing.
    np.testing.assert_array_equal(answer["scores"][0], answer["scores"][1])
    title_of = dict(zip(index.item_ids.tolist(), index.item_titles, strict=True))
    titles = [["" if i is None else title_of[i] for i in row] for row in ids]
    assert [[t.decode() for t in row] for row in answer["titles"].numpy().tolist()] == titles


def test_signature_takes_empty_requests_and_refuses_k_below_one(make_index):
    module = ServingModule(make_index())
    assert module.fold_in(tf.zeros([0, 3], tf.int64), tf.constant(2))["item_ids"].shape == (0, 2)
    nothing = module.fold_in(tf.zeros([2, 0], tf.int64))
    assert nothing["known"].numpy().tolist() == [False, False]
    assert nothing["item_ids"].shape == (2, 6)
    with pytest.raises(tf.errors.InvalidArgumentError, match="k must be at least 1"):
        module.fold_in(tf.constant([[600]], tf.int64), tf.constant(0))


def test_padding_is_no_item_even_where_an_item_has_that_id(make_index):
    index = make_index(item_ids=np.array([-1, 500, 400, 300, 200, 100]))
    assert index.fold_in([[-1]], 1)[2].tolist() == [False]
    answer = ServingModule(index).fold_in(tf.constant([[-1]], tf.int64), tf.constant(1))
    assert answer["known"].numpy().tolist() == [False]


def test_all_zero_items_fold_in_to_zeros(make_index):
    index = make_index(item_embeddings=np.zeros((6, 3), np.float32))
    np.testing.assert_array_equal(index.fold_in_embeddings([[600]]), np.zeros((1, 3)))


@pytest.mark.parametrize("weights", [(-1, 1), (1, 0), (np.nan, 1), (1, np.inf)])
def test_weights_without_a_solution_are_refused(weights):
    with pytest.raises(ValueError, match="w must be 0 or more"):
        FoldIn(*weights)


def test_selection_prefers_what_finds_the_validation_items():
    # Two tastes on two axes, and a third direction that all items share with large entries: only a
    # weight of the negatives keeps e from it.
    rng = np.random.default_rng(0)
    taste = rng.integers(0, 2, 60)
    items = np.concatenate([np.eye(2)[taste], rng.normal(3, 1, (60, 1))], axis=1)
    likes = np.eye(2)[rng.integers(0, 2, 40)] @ np.eye(2)[taste].T
    seen = rng.random(likes.shape) < 0.3
    train = sp.csr_matrix(likes * seen, dtype=np.float32)
    validation = sp.csr_matrix(likes * ~seen, dtype=np.float32)
    choice = select_fold_in(items.astype(np.float32), train, validation)
    assert choice.num_users == 40
    assert choice.ndcg > 0.99
    assert choice.weights.negative_weight > 0


def test_selection_without_validation_data_takes_the_defaults(random_index):
    nothing = sp.csr_matrix(random_index.seen.shape, dtype=np.float32)
    choice = select_fold_in(random_index.item_embeddings, random_index.seen, nothing)
    assert (choice.weights, choice.ndcg, choice.num_users) == (FoldIn(), None, 0)
