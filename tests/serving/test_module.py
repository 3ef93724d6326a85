import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.serving.module import ServingModule

ID_TYPES = {"integer": tf.int64, "text": tf.string}


@pytest.fixture(scope="module")
def module(make_index):
    return ServingModule(make_index())


def _expected(index, ids):
    empty = -1 if index.item_ids.dtype == np.int64 else b""
    plain = [[empty if i is None else i for i in row] for row in ids]
    return [[i.encode() if isinstance(i, str) else i for i in row] for row in plain]


@pytest.mark.parametrize("kind", ["integer", "text"])
@pytest.mark.parametrize("exclude_seen", [True, False])
@pytest.mark.parametrize("k", [1, 4, 6, 100])
def test_recommend_equals_numpy(make_index, kind, exclude_seen, k):
    index = make_index(kind)
    users = [*index.user_ids.tolist(), -77 if kind == "integer" else "nobody"]
    users.append(users[0])
    answer = ServingModule(index).recommend(tf.constant(users, ID_TYPES[kind]), k, exclude_seen)
    ids, scores, known = index.recommend(users, k, exclude_seen)
    assert answer["item_ids"].numpy().tolist() == _expected(index, ids)
    np.testing.assert_array_equal(answer["scores"], scores)
    np.testing.assert_array_equal(answer["known"], known)
    title_of = dict(zip(index.item_ids.tolist(), index.item_titles, strict=True))
    titles = [[("" if i is None else title_of[i]).encode() for i in row] for row in ids]
    assert answer["titles"].numpy().tolist() == titles


@pytest.mark.parametrize("kind", ["integer", "text"])
def test_similar_items_equals_numpy(make_index, kind):
    index = make_index(kind)
    items = [*index.item_ids.tolist(), -77 if kind == "integer" else "nothing"]
    answer = ServingModule(index).similar_items(tf.constant(items, ID_TYPES[kind]), 6)
    ids, scores, known = index.similar_items(items, 6)
    np.testing.assert_allclose(answer["scores"], scores, atol=1e-6)
    np.testing.assert_array_equal(answer["known"], known)
    for own, returned, wanted in zip(
        items, answer["item_ids"].numpy().tolist(), _expected(index, ids), strict=True
    ):
        assert sorted(returned) == sorted(wanted)
        assert own not in returned


def test_random_embeddings_equal_numpy(random_index):
    module = ServingModule(random_index)
    answer = module.recommend(tf.constant(random_index.user_ids), 90)
    ids, scores, _ = random_index.recommend(random_index.user_ids, 90)
    np.testing.assert_allclose(answer["scores"], scores, rtol=1e-4, atol=1e-5)
    assert answer["item_ids"].numpy().tolist() == _expected(random_index, ids)
    unseen = 90 - np.diff(random_index.seen.indptr)
    np.testing.assert_array_equal(np.isfinite(answer["scores"]).sum(axis=1), unseen)
    similar = module.similar_items(tf.constant(random_index.item_ids), 90)
    ids, scores, _ = random_index.similar_items(random_index.item_ids, 90)
    np.testing.assert_allclose(similar["scores"], scores, rtol=1e-4, atol=1e-5)
    assert similar["item_ids"].numpy().tolist() == _expected(random_index, ids)


def test_defaults_are_ten_places_without_seen_items(random_index):
    module = ServingModule(random_index)
    users = tf.constant(random_index.user_ids[:3])
    by_default = module.recommend(users)["item_ids"].numpy()
    np.testing.assert_array_equal(by_default, module.recommend(users, 10, True)["item_ids"])
    assert by_default.shape == (3, 10)


def test_score_and_embeddings_by_hand(module):
    users, items = np.array([70, -5, 70, 8]), np.array([100, 500, 8, 100])
    scored = module.score(tf.constant(users), tf.constant(items))
    np.testing.assert_array_equal(scored["scores"], [7, 2, 0, 0])
    assert scored["known"].numpy().tolist() == [True, True, False, False]
    answer = module.embeddings(tf.constant([9, 1], tf.int64), tf.constant([], tf.int64))
    np.testing.assert_array_equal(answer["user_embeddings"], [[1, 1, 1], [0, 0, 0]])
    assert answer["user_known"].numpy().tolist() == [True, False]
    assert answer["item_embeddings"].shape == (0, 3)
    items = module.item_embeddings(tf.constant([100, 100, 7], tf.int64))
    np.testing.assert_array_equal(items["embeddings"], [[1, 1, 3], [1, 1, 3], [0, 0, 0]])
    assert items["known"].numpy().tolist() == [True, True, False]


def test_empty_request_has_empty_answer(module):
    answer = module.recommend(tf.constant([], tf.int64), 3)
    assert answer["item_ids"].shape == (0, 3)
    assert answer["known"].shape == (0,)


@pytest.mark.parametrize("k", [0, -3])
def test_k_below_one_is_an_error(module, k):
    with pytest.raises(tf.errors.InvalidArgumentError, match="k must be at least 1"):
        module.recommend(tf.constant([70], tf.int64), k)
    with pytest.raises(tf.errors.InvalidArgumentError, match="k must be at least 1"):
        module.similar_items(tf.constant([600], tf.int64), k)


@pytest.mark.parametrize("items", [[600], [600, 500, 400]])
def test_pairs_of_different_length_are_an_error(module, items):
    with pytest.raises(tf.errors.InvalidArgumentError, match="differ in length"):
        module.score(tf.constant([70, 9], tf.int64), tf.constant(items, tf.int64))


def _runs_after_a_check(operation):
    waiting, visited = [operation], set()
    while waiting:
        current = waiting.pop()
        if current.name in visited:
            continue
        if current.type == "Assert":
            return True
        visited.add(current.name)
        waiting += [tensor.op for tensor in current.inputs] + list(current.control_inputs)
    return False


@pytest.mark.parametrize(
    ("name", "operation"), [("recommend", "TopKV2"), ("similar_items", "TopKV2"), ("score", "Mul")]
)
def test_checks_come_before_what_they_guard(module, name, operation):
    # Unordered, the two race and now and then the wrong message is raised.
    graph = getattr(module, name).get_concrete_function().graph
    guarded = [op for op in graph.get_operations() if op.type == operation]
    assert guarded
    assert all(_runs_after_a_check(op) for op in guarded)


def test_tiny_and_huge_embeddings_give_finite_cosines(make_index):
    items = np.array([[1e-42, 0, 0], [3e37, 0, 0], [1, 0, 0], [0, 1, 0], [-2, 0, 0], [1, 1, 0]])
    index = make_index(item_embeddings=items.astype(np.float32))
    answer = ServingModule(index).similar_items(tf.constant(index.item_ids), 5)
    assert np.isfinite(answer["scores"]).all()
    np.testing.assert_allclose(answer["scores"][1], [1, 0.5**0.5, 0, 0, -1], atol=1e-6)


def test_no_large_constant_in_the_graph(random_index):
    module = ServingModule(random_index)
    for function in module.signatures().values():
        graph = function.get_concrete_function().graph.as_graph_def()
        sizes = [
            np.prod([side.size for side in node.attr["value"].tensor.tensor_shape.dim], dtype=int)
            for node in graph.node
            if node.op == "Const"
        ]
        assert max(sizes, default=0) < 40  # nothing as long as the 40 users or 90 items
