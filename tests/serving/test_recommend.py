import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.serving import recommend
from a2bm2gl_tf.serving.export import export_saved_model
from a2bm2gl_tf.serving.recommend import (
    Recommendation,
    format_recommendations,
    load_recommender,
)


@pytest.fixture(scope="module")
def integer(make_index, tmp_path_factory):
    path = tmp_path_factory.mktemp("integer") / "export"
    return load_recommender(export_saved_model(make_index(), path, {}))


@pytest.fixture(scope="module")
def text(make_index, tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "export"
    return load_recommender(export_saved_model(make_index("text"), path, {}))


def test_lists_follow_the_request_and_skip_empty_places(integer):
    lists = integer.recommend(["70", 2**40, "-5", " 70 "], k=3)
    assert lists[0] == lists[3]
    assert lists[0][0] == Recommendation(600, "Première", 3.0)
    assert [[entry.item_id for entry in entries] for entries in lists[:3]] == [
        [600, 400, 300],
        [100],
        [500, 300, 100],
    ]
    assert integer.recommend(["70"], k=1, exclude_seen=False) == [[Recommendation(100, "Ж", 7.0)]]
    assert integer.recommend([], k=1) == []


def test_text_ids(text):
    assert text.recommend(["陳"], k=1) == [[Recommendation("ví", "plain", 3.0)]]
    similar = text.similar_items(["v1"], k=6)[0]
    assert [entry.item_id for entry in similar[:2]] == ["v3", "v6"]
    assert "v1" not in [entry.item_id for entry in similar]
    assert len(similar) == 5


def test_long_requests_are_cut_into_blocks(random_index, tmp_path, monkeypatch):
    client = load_recommender(export_saved_model(random_index, tmp_path / "export", {}))
    whole = client.recommend(random_index.user_ids, k=5)
    monkeypatch.setattr(recommend, "IDS_PER_CALL", 7)
    blocks = client.recommend(random_index.user_ids, k=5)
    assert [[e.item_id for e in entries] for entries in whole] == random_index.recommend(
        random_index.user_ids, 5
    )[0]
    assert [[e.item_id for e in entries] for entries in blocks] == [
        [e.item_id for e in entries] for entries in whole
    ]


def test_somebody_who_likes_items_is_recommended_others(make_index, integer, text):
    index = make_index()
    ids, scores, _ = index.fold_in([[600, 200]], 3)
    found = integer.fold_in(["600", 200, "600"], k=3)
    assert [entry.item_id for entry in found] == ids[0]
    np.testing.assert_allclose([entry.score for entry in found], scores[0], rtol=1e-5)
    everything = text.fold_in(["v1"], k=6, exclude_seen=False)
    assert "v1" in [entry.item_id for entry in everything]
    with pytest.raises(UserError, match=r"no item 'v9': .* such as v1, v2, v3$"):
        text.fold_in(["v1", "v9"], k=2)
    with pytest.raises(UserError, match="no item is given"):
        text.fold_in([], k=2)
    with pytest.raises(UserError, match="'seven' is not an integer"):
        integer.fold_in(["seven"], k=2)
    with pytest.raises(UserError, match="k = 7 is out of range"):
        integer.fold_in(["600"], k=7)


def test_unknown_ids_are_named_beside_examples(integer, text):
    with pytest.raises(UserError, match=r"no user 71: .* such as 70, -5, 1099511627776$"):
        integer.recommend(["70", "71"], k=2)
    with pytest.raises(UserError, match=r"no item 'v9': .* such as v1, v2, v3$"):
        text.similar_items(["v9"], k=2)


@pytest.mark.parametrize("bad", ["seven", "", "7.0", "1_0", "٧", str(2**63), "9" * 5000])
def test_ids_that_are_no_integers_are_refused(integer, bad):
    with pytest.raises(UserError, match="is not an integer"):
        integer.recommend([bad], k=2)


@pytest.mark.parametrize("k", [0, -1, 7])
def test_k_out_of_range_is_refused(integer, k):
    with pytest.raises(UserError, match=f"k = {k} is out of range: .* needs 1 to 6"):
        integer.recommend(["70"], k=k)
    with pytest.raises(UserError, match=f"k = {k} is out of range"):
        integer.similar_items(["600"], k=k)


def test_missing_and_invalid_directories_are_refused(make_index, tmp_path):
    with pytest.raises(UserError, match=r"is not a directory.*--export_dir"):
        load_recommender(tmp_path / "nowhere")
    with pytest.raises(UserError, match="holds no SavedModel"):
        load_recommender(tmp_path)
    other = tmp_path / "other"
    tf.saved_model.save(tf.Module(), str(other))
    with pytest.raises(UserError, match="something else"):
        load_recommender(other)
    damage = ("saved_model.pb", "variables.index", "variables.data-00000-of-00001")
    for number, damaged in enumerate(damage):
        path = export_saved_model(make_index(), tmp_path / f"export{number}", {})
        next(path.rglob(damaged)).write_bytes(b"garbage")
        with pytest.raises(UserError, match="cannot be loaded"):
            load_recommender(path)


def test_table_is_aligned():
    rows = [
        Recommendation(5, "A film", 12.5),
        Recommendation(12345, "two\nlines\x1b[31m", -0.25),
        Recommendation(7, "", 0.0),
    ]
    assert format_recommendations("user 9", rows).split("\n") == [
        "user 9",
        "  rank    score  item   title",
        "     1  12.5000  5      A film",
        "     2  -0.2500  12345  two lines [31m",
        "     3   0.0000  7",
    ]
    assert format_recommendations("user 9", []) == "user 9\n  nothing to recommend"


def test_scores_are_plain_floats(integer):
    entry = integer.recommend(["9"], k=1)[0][0]
    assert type(entry.score) is float
    assert type(entry.item_id) is int
    assert not isinstance(entry.item_id, np.integer)
