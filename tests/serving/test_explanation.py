"""Explanations in numpy by hand, and the signatures against numpy."""

import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.models.explanation import AttendedNeighbours, ItemPart
from a2bm2gl_tf.serving.explanation import ExplanationIndex
from a2bm2gl_tf.serving.export import export_saved_model
from a2bm2gl_tf.serving.module import ServingModule

ID_TYPES = {"integer": tf.int64, "text": tf.string}


def _unknown(kind):
    return -77 if kind == "integer" else "nobody"


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def _assert_same(answer, expected, index):
    """Compares a signature's outputs with `Explained`."""
    outputs = {name: value.numpy() for name, value in answer.items()}
    np.testing.assert_array_equal(outputs["known"], expected.known)
    np.testing.assert_allclose(outputs["scores"], expected.scores, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        outputs["contributions"], expected.contributions, rtol=1e-4, atol=1e-4
    )
    titles = dict(zip(index.item_ids.tolist(), index.item_titles, strict=True))
    title_of_text = {str(original): title for original, title in titles.items()}
    for pair, (graphs, own) in enumerate(zip(expected.neighbours, expected.own_items, strict=True)):
        for place, neighbours in enumerate(graphs):
            found = [
                [_text(x) for x in outputs[f"neighbour_{name}"][pair, place].tolist()]
                for name in ("kinds", "ids", "titles", "weights")
            ]
            gap = 5 - len(neighbours)
            kinds, ids, weights = zip(*neighbours, strict=True) if neighbours else ((), (), ())
            assert found[0] == [*kinds, *[""] * gap]
            assert found[1] == [*map(str, ids), *[""] * gap]
            named = [
                title_of_text[str(original)] if kind == "item" else ""
                for kind, original in zip(kinds, ids, strict=True)
            ]
            assert found[2] == [*named, *[""] * gap]
            assert found[3] == [*weights, *[0.0] * gap]
        gap = 5 - len(own)
        cosines = outputs["own_similarities"][pair]
        np.testing.assert_allclose(cosines[: len(own)], [c for _, c in own], atol=1e-5)
        assert np.isneginf(cosines[len(own) :]).all()
        empty = -1 if index.item_ids.dtype == np.int64 else ""
        ids = [_text(x) for x in outputs["own_item_ids"][pair].tolist()]
        assert ids[len(own) :] == [empty] * gap
        assert [_text(x) for x in outputs["own_titles"][pair].tolist()] == [
            *(titles[original] for original in ids[: len(own)]),
            *[""] * gap,
        ]
        # Equal cosines may come in either order.
        np.testing.assert_allclose(
            [dict(own)[original] for original in ids[: len(own)]], cosines[: len(own)], atol=1e-5
        )


def test_contributions_by_hand(make_index):
    index = make_index()
    content = np.array([[0, 0, 1], [0, 1, 0], [0, 0, 0], [2, 0, 0], [0, 0, 0], [1, 1, 2]], "f4")
    parts = [
        ItemPart("collaborative", tf.constant(index.item_embeddings - content)),
        ItemPart("content", tf.constant(content)),
    ]
    explanation = ExplanationIndex.of_parts(index, parts, [])
    # User 70 is [1, 0, 2], item 100 is [1, 1, 3], of which [1, 1, 2] is content.
    answer = explanation.explain([70, 70, 8], [100, 400, 100])
    np.testing.assert_array_equal(answer.known, [True, True, False])
    np.testing.assert_array_equal(answer.scores, [7, 3, 0])
    np.testing.assert_allclose(answer.contributions, [[2, 5], [3, 0], [0, 0]], atol=1e-2)
    assert answer.neighbours == [[], [], []]
    # 70 has seen item 100 alone: itself is left out, and its cosine with 400 is 4 / sqrt(11 * 2).
    assert answer.own_items[0] == []
    assert answer.own_items[1] == [(100, pytest.approx(4 / 22**0.5))]


def test_contributions_are_those_of_the_parts_and_sum_to_the_score(random_index, item_parts):
    parts = item_parts(random_index)
    explanation = ExplanationIndex.of_parts(random_index, parts, [])
    users, items = random_index.user_ids[:30], random_index.item_ids[:30]
    module = ServingModule(random_index, explanation)
    answer = module.explain(tf.constant(users), tf.constant(items))
    contributions = answer["contributions"].numpy()
    exact = np.stack(
        [
            np.einsum("nd,nd->n", random_index.user_embeddings[:30], part.embeddings[:30])
            for part in parts
        ],
        axis=1,
    )
    # A number is rounded by 2^-16 of its row's largest at most, and the first part by all others.
    largest = sum(np.abs(part.embeddings[:30]).max(axis=1) for part in parts[1:])
    bound = np.abs(random_index.user_embeddings[:30]).sum(axis=1) * largest * 2**-15
    np.testing.assert_array_less(np.abs(contributions - exact).max(axis=1), bound)
    scale = np.abs(contributions).sum(axis=1)
    scores = module.score(tf.constant(users), tf.constant(items))["scores"].numpy()
    np.testing.assert_array_equal(answer["scores"], scores)
    np.testing.assert_array_less(np.abs(contributions.sum(axis=1) - scores), 1e-6 * scale)
    assert contributions[1, 2] == 0  # item 1 lacks the third part
    assert [x.decode() for x in answer["part_names"].numpy()] == [part.name for part in parts]


@pytest.mark.parametrize("kind", ["integer", "text"])
def test_explain_equals_numpy(make_index, explained, kind):
    index = make_index(kind)
    explanation = explained(index)
    users = [user for user in index.user_ids.tolist() for _ in range(6)]
    items = index.item_ids.tolist() * 4
    users += [_unknown(kind), users[0], _unknown(kind)]
    items += [items[0], _unknown(kind), _unknown(kind)]
    answer = ServingModule(index, explanation).explain(
        tf.constant(users, ID_TYPES[kind]), tf.constant(items, ID_TYPES[kind])
    )
    _assert_same(answer, explanation.explain(users, items), index)
    assert [x.decode() for x in answer["graph_names"].numpy()] == ["interaction", "visual"]
    kinds = set(answer["neighbour_kinds"].numpy().ravel())
    assert kinds == {b"item", b"user", b""}
    nobody = answer["own_similarities"].numpy()[-3:]
    assert np.isneginf(nobody).all()


def test_explain_of_many_pairs_equals_numpy(random_index, explained):
    explanation = explained(random_index)
    rng = np.random.default_rng(3)
    users = rng.choice(random_index.user_ids, 200)
    items = rng.choice(random_index.item_ids, 200)
    answer = ServingModule(random_index, explanation).explain(
        tf.constant(users), tf.constant(items)
    )
    _assert_same(answer, explanation.explain(users, items), random_index)


@pytest.mark.parametrize("kind", ["integer", "text"])
def test_explain_fold_in_equals_numpy(make_index, explained, kind):
    index = make_index(kind)
    explanation = explained(index)
    ids, unknown = index.item_ids.tolist(), _unknown(kind)
    own = [[ids[0], ids[3], ids[0]], [ids[5], unknown], [], ids[1:6]]
    items = [ids[1], ids[5], ids[2], unknown]
    users = np.array([[1, 2, 0], [0.5, 0, 1], [0, 0, 0], [3, 1, 1]], np.float32)
    empty = -1 if kind == "integer" else ""
    padded = [row + [empty] * (5 - len(row)) for row in own]
    answer = ServingModule(index, explanation).explain_fold_in(
        tf.constant(users), tf.constant(items, ID_TYPES[kind]), tf.constant(padded, ID_TYPES[kind])
    )
    _assert_same(answer, explanation.explain_fold_in(users, items, own), index)
    assert answer["known"].numpy().tolist() == [True, True, True, False]


def test_a_model_without_parts_or_graphs_is_explained_as_a_whole(make_index, tmp_path):
    index = make_index()
    whole = [ItemPart("whole", tf.constant(index.item_embeddings))]
    path = export_saved_model(
        index, tmp_path / "export", {}, explanation=ExplanationIndex.of_parts(index, whole, [])
    )
    explain = tf.saved_model.load(str(path)).signatures["explain"]
    answer = explain(
        user_ids=tf.constant([70, 9], tf.int64), item_ids=tf.constant([100] * 2, tf.int64)
    )
    np.testing.assert_array_equal(answer["contributions"], [[7], [5]])
    assert answer["neighbour_ids"].shape == (2, 0, 5)
    assert answer["graph_names"].shape == (0,)


def test_an_export_without_explanations_has_no_such_signature(make_index):
    names = set(ServingModule(make_index()).signatures())
    assert not {name for name in names if "explain" in name}


def test_an_exported_explanation_survives_loading_and_saving_again(
    random_index, explained, tmp_path
):
    explanation = explained(random_index)
    path = export_saved_model(random_index, tmp_path / "one", {}, explanation=explanation)
    model = tf.saved_model.load(str(path))
    tf.saved_model.save(model, str(tmp_path / "two"), signatures=dict(model.signatures))
    again = tf.saved_model.load(str(tmp_path / "two"))
    users, items = random_index.user_ids[:9], random_index.item_ids[:9]
    for loaded in (model, again):
        answer = loaded.signatures["explain"](
            user_ids=tf.constant(users), item_ids=tf.constant(items)
        )
        _assert_same(answer, explanation.explain(users, items), random_index)


def test_lists_of_different_lengths_are_an_error(make_index, explained):
    index = make_index()
    module = ServingModule(index, explained(index))
    ids = tf.constant([600, 500], tf.int64)
    with pytest.raises(tf.errors.InvalidArgumentError, match="differ in length"):
        module.explain(tf.constant([70], tf.int64), ids)
    for users, own in (([[0.0] * 3], [[600]] * 2), ([[0.0] * 3] * 2, [[600]])):
        with pytest.raises(tf.errors.InvalidArgumentError, match="differ in length"):
            module.explain_fold_in(tf.constant(users), ids, tf.constant(own, tf.int64))


def test_no_pairs_have_an_empty_answer(make_index, explained):
    index = make_index()
    none = tf.constant([], tf.int64)
    answer = ServingModule(index, explained(index)).explain(none, none)
    assert answer["contributions"].shape == (0, 3)
    assert answer["own_item_ids"].shape == (0, 5)


def test_parts_that_do_not_sum_are_refused(make_index):
    index = make_index()
    parts = [ItemPart("half", tf.constant(index.item_embeddings / 2))] * 3
    with pytest.raises(ValueError, match="do not sum"):
        ExplanationIndex.of_parts(index, parts, [])


def test_a_part_of_zeros_and_one_of_huge_numbers_keep_their_precision(make_index):
    items = np.array(
        [[1e30, 0, 0], [0, 1e-30, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]], "f4"
    )
    index = make_index(item_embeddings=items)
    zero = tf.zeros_like(items)
    parts = [ItemPart("none", zero), ItemPart("all", tf.constant(items)), ItemPart("zero", zero)]
    answer = ExplanationIndex.of_parts(index, parts, []).explain([70, -5], [600, 500])
    np.testing.assert_allclose(answer.contributions[0], [0, 1e30, 0], atol=1e26)
    assert np.isfinite(answer.contributions).all()


def test_a_user_without_items_has_none_alike(make_index):
    index = make_index(seen=sp.csr_matrix((4, 6), dtype=np.float32))
    attended = [AttendedNeighbours("interaction", np.full((6, 5), -1), np.zeros((6, 5), "f4"))]
    whole = [ItemPart("whole", tf.constant(index.item_embeddings))]
    module = ServingModule(index, ExplanationIndex.of_parts(index, whole, attended))
    answer = module.explain(tf.constant([70], tf.int64), tf.constant([100], tf.int64))
    assert answer["own_item_ids"].numpy().tolist() == [[-1] * 5]
    assert answer["neighbour_ids"].numpy().tolist() == [[[b""] * 5]]
