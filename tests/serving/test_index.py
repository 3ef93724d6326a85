import numpy as np
import pytest
import scipy.sparse as sp


def test_recommend_by_hand(make_index):
    index = make_index()
    # Scores of user 70: 3, 0, 3, 2, 0, 7 with item 100 seen; of user -5: 0, 2, 0, 1, 0, 1.
    ids, scores, known = index.recommend([70, -5], 3)
    assert ids == [[600, 400, 300], [500, 300, 100]]
    np.testing.assert_array_equal(scores, [[3, 3, 2], [2, 1, 1]])
    assert known.tolist() == [True, True]
    assert index.recommend([70], 2, exclude_seen=False)[0] == [[100, 600]]


def test_recommend_leaves_places_empty_when_the_user_has_seen_the_rest(make_index):
    ids, scores, _ = make_index().recommend([2**40], 2)
    assert ids == [[100, None]]
    np.testing.assert_array_equal(scores, [[7, -np.inf]])


def test_unknown_user_gets_the_most_popular_items(make_index):
    ids, scores, known = make_index().recommend([123], 3)
    # Seen counts: 1, 2, 1, 1, 1, 2.
    assert ids == [[500, 100, 600]]
    np.testing.assert_array_equal(scores, [[2, 2, 1]])
    assert known.tolist() == [False]


def test_similar_items_by_hand(make_index):
    ids, scores, known = make_index().similar_items([600, 200, 1], 2)
    # cos((1,0,1), (1,1,3)) = 4 / sqrt(22); the zero embedding ties with everything at 0.
    assert ids == [[400, 100], [600, 500], [None, None]]
    np.testing.assert_allclose(scores[0], [1, 4 / np.sqrt(22)], rtol=1e-6)
    np.testing.assert_array_equal(scores[1:], [[0, 0], [-np.inf, -np.inf]])
    assert known.tolist() == [True, True, False]


def test_score_by_hand(make_index):
    scores, known = make_index().score([70, -5, 70, 8], [100, 500, 8, 100])
    np.testing.assert_array_equal(scores, [7, 2, 0, 0])
    assert known.tolist() == [True, True, False, False]


def test_k_below_one_is_refused(make_index):
    with pytest.raises(ValueError, match="k must be at least 1"):
        make_index().recommend([70], 0)


def _broken(rows, value):
    changed = np.array(rows, dtype=np.float32)
    changed[2, 1] = value
    return changed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"user_embeddings": np.ones((4, 2), np.float32)}, "dimension 2"),
        ({"user_embeddings": np.ones((3, 3), np.float32)}, "user_ids has shape"),
        ({"user_embeddings": np.ones((4, 3))}, "float32"),
        ({"user_embeddings": np.ones((0, 3), np.float32)}, "non-empty"),
        ({"user_embeddings": _broken(np.ones((4, 3)), np.nan)}, "row 2 is not finite"),
        ({"item_embeddings": _broken(np.ones((6, 3)), np.inf)}, "row 2 is not finite"),
        ({"item_embeddings": np.full((6, 3), 3e38, np.float32)}, "overflow"),
        ({"user_ids": np.array([1, 2, 3, 1])}, "user_ids holds an id twice"),
        ({"item_ids": np.array(list("abcdea"))}, "item_ids holds an id twice"),
        ({"user_ids": np.array([1.0, 2.0, 3.0, 4.0])}, "int64 or str"),
        ({"user_ids": np.array(["a", 2, "b", "c"], dtype=object)}, "int64 or str"),
        ({"seen": sp.csr_matrix((4, 5))}, "seen is"),
        ({"seen": sp.csc_matrix((4, 6))}, "CSR"),
        ({"seen": sp.csr_matrix((np.zeros(1), [0], [0, 1, 1, 1, 1]), (4, 6))}, "stored zeros"),
        ({"seen": sp.csr_matrix((np.ones(2), [3, 1], [0, 2, 2, 2, 2]), (4, 6))}, "sorted"),
        ({"item_titles": ("one",)}, "1 titles for 6 items"),
    ],
)
def test_inconsistent_parts_are_refused(make_index, changes, message):
    with pytest.raises(ValueError, match=message):
        make_index(**changes)


@pytest.mark.parametrize("exclude_seen", [True, False])
def test_lists_of_all_users_are_those_of_each(make_index, exclude_seen):
    index = make_index()
    ids, scores, _ = index.recommend(index.user_ids, 5, exclude_seen)
    rows, all_scores = index.recommend_all(5, exclude_seen)
    np.testing.assert_array_equal(all_scores, scores)
    spelled = [[index.item_ids[row] if row >= 0 else None for row in user] for user in rows]
    assert spelled == ids
