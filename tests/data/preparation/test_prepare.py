import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest

from a2bm2gl_tf.data.features.content import Texts, Vectors
from a2bm2gl_tf.data.features.encoding import encode
from a2bm2gl_tf.data.formats.raw import RawData
from a2bm2gl_tf.data.preparation.preparation_options import PreparationOptions
from a2bm2gl_tf.data.preparation.prepare import prepare
from a2bm2gl_tf.data.preparation.result import count
from a2bm2gl_tf.data.preparation.split_options import SplitOptions
from a2bm2gl_tf.errors import UserError

SOURCE = Path("ratings.csv")
# Of 3 records floor(1.2 + .5) = 1 is test data, of the 2 left floor(.8 + .5) = 1 validation data.
# Of 2 records 1 is test data, of the one left none.
_SPLIT = SplitOptions(test_fraction=0.4, validation_fraction=0.4)


def _vectors(name, items, rows):
    return Vectors(name, np.array(items), Path(f"{name}.npy"), np.array(rows, np.float32))


def test_a_whole_preparation_by_hand(interactions):
    rows = [(7, 1, 5), (7, 2, 4), (7, 3, 5), (7, 1, 3), (8, 1, 5), (8, 2, 1), (8, 3, 4), (9, 4, 5)]
    data = interactions(rows, "value", catalogue=[6])
    visual = _vectors("visual", [6, 4, 3, 1], [[0, 6], [0, 4], [3, 0], [0, 0]])
    raw = RawData(data, (visual,), {1: "One", 3: "Three"}, counts={"records": 8})
    options = PreparationOptions(
        threshold=3.5, user_core=2, missing_features="mask", feature_scaling="none"
    )
    prepared = prepare(raw, SOURCE, dataclasses.replace(options, split_options=_SPLIT))
    assert prepared.user_ids.tolist() == [7, 8]
    # Item 6 never had a record and stays; item 4 lost its only one to the core.
    assert prepared.item_ids.tolist() == [1, 2, 3, 6]
    assert prepared.users.tolist() == [0, 0, 0, 1, 1]
    assert prepared.items.tolist() == [0, 1, 2, 0, 2]
    assert prepared.values.tolist() == [5, 4, 5, 5, 4]
    assert prepared.titles == ("One", None, "Three", None)
    assert prepared.modalities[0].features.tolist() == [[0, 0], [0, 0], [3, 0], [0, 6]]
    assert prepared.modalities[0].present.tolist() == [False, False, True, True]
    removed = [(entry["name"], *entry["removed"].values()) for entry in prepared.record["filters"]]
    assert removed == [("threshold", 2, 0, 0), ("repeats", 0, 0, 0), ("k_core", 1, 1, 1)]
    counts = count(prepared)
    assert counts["sparsity_percent"] == pytest.approx(100 * (1 - 5 / 8))
    assert [counts["folds"][0][part] for part in ("train", "validation", "test")] == [2, 1, 2]


def test_the_scaling_of_the_items_that_are_there_by_hand(interactions):
    data = interactions([(u, v) for u in range(9) for v in range(3)])
    visual = _vectors("visual", [2, 0], [[7, 5], [3, 5]])
    options = PreparationOptions(
        missing_features="mask", feature_scaling="zscore", split_options=_SPLIT
    )
    prepared = prepare(RawData(data, (visual,)), SOURCE, options)
    # Of 3 and 7 the mean is 5 and the deviation 2; the second column does not vary.
    assert prepared.modalities[0].features.tolist() == [[-1, 0], [0, 0], [1, 0]]
    found = {name: values.tolist() for name, values in prepared.statistics["visual"].items()}
    assert found == {"mean": [5, 5], "deviation": [2, 0]}
    parameters = prepared.record["modalities"][0]["scaling_parameters"]
    assert (parameters["scaling"], parameters["fitted_rows"]) == ("zscore", 2)
    assert parameters["statistics"]["deviation"] == {
        "shape": [2],
        "sha256": hashlib.sha256(np.array([2.0, 0.0], "<f8").tobytes()).hexdigest(),
    }


def test_an_item_core_takes_the_never_seen_too(interactions):
    rows = [(u, v) for u in range(4) for v in range(9)]
    data = interactions(rows, catalogue=[50])
    assert 50 in prepare(RawData(data), SOURCE, PreparationOptions()).item_ids
    cored = prepare(RawData(data), SOURCE, PreparationOptions(item_core=2))
    assert 50 not in cored.item_ids
    drawn = prepare(RawData(data), SOURCE, PreparationOptions(num_items=8))
    assert 50 not in drawn.item_ids
    assert len(drawn.item_ids) == 8


def test_given_is_the_default_where_there_is_test_data(interactions):
    rows = [(u, v, int(v == 8)) for u in range(9) for v in range(9)]
    without = interactions(rows, "part")
    assert (
        prepare(RawData(without), SOURCE, PreparationOptions()).record["split"]["name"] == "ratio"
    )
    rows = [(u, v, 2 * (v == 8)) for u in range(9) for v in range(9)]
    data = interactions([*rows, (0, 3, 2)], "part")
    prepared = prepare(RawData(data), SOURCE, PreparationOptions())
    assert prepared.record["split"]["name"] == "given"
    assert prepared.record["filters"][1]["details"] == {"from_validation": 0, "from_test": 1}
    assert (prepared.parts[0][prepared.items == 8] == 2).all()
    asked = prepare(RawData(data), SOURCE, PreparationOptions(split="ratio"))
    assert [entry["name"] for entry in asked.record["filters"]] == ["repeats"]
    assert asked.record["filters"][0]["removed"]["interactions"] == 1


def test_kept_extra_items_are_cold_and_numbered_in_order(interactions):
    data = interactions([(u, v) for u in range(9) for v in (10, 20, 30, 40)])
    rows = np.arange(1, 6)[:, None]
    raw = RawData(data, (_vectors("visual", [25, 10, 20, 30, 40], rows),))
    prepared = prepare(
        raw,
        SOURCE,
        PreparationOptions(extra_items="keep", feature_scaling="none", split_options=_SPLIT),
    )
    assert prepared.item_ids.tolist() == [10, 20, 25, 30, 40]
    assert prepared.items[:4].tolist() == [0, 1, 3, 4]
    assert prepared.modalities[0].features.ravel().tolist() == [2, 3, 1, 4, 5]
    assert prepared.record["policies"]["items_added"] == 1
    assert count(prepared)["folds"][0]["items_without_training"] >= 1


def test_content_of_items_that_the_signal_left_out_is_no_stranger(interactions):
    data = interactions([(u, v) for u in range(3) for v in (1, 2, 4)])
    visual = _vectors("visual", [4, 3, 2, 1], [[4], [3], [2], [1]])
    for policy in ("refuse", "keep"):
        options = PreparationOptions(
            extra_items=policy, feature_scaling="none", split_options=_SPLIT
        )
        prepared = prepare(RawData(data, (visual,), left_out=np.array([3])), SOURCE, options)
        assert prepared.item_ids.tolist() == [1, 2, 4]
        assert prepared.modalities[0].features.tolist() == [[1], [2], [4]]
        assert prepared.record["modalities"][0]["extra_items"] == 0
    with pytest.raises(UserError, match=r"item 3 \(1 item\) not in"):
        prepare(RawData(data, (visual,), left_out=np.array([5])), SOURCE, PreparationOptions())


def test_required_content_drops_items_without_it(interactions):
    data = interactions([(u, v) for u in range(9) for v in range(6)])
    raw = RawData(data, (_vectors("visual", [0, 1, 2, 3], np.ones((4, 2))),))
    prepared = prepare(
        raw, SOURCE, PreparationOptions(require_content=("visual",), split_options=_SPLIT)
    )
    assert prepared.item_ids.tolist() == [0, 1, 2, 3]
    assert prepared.record["filters"][0]["removed"] == {"interactions": 18, "users": 0, "items": 2}
    with pytest.raises(UserError, match=r"--require_content=sound.*choose from visual"):
        prepare(raw, SOURCE, PreparationOptions(require_content=("sound",)))


def test_a_text_called_title_names_the_items(interactions, monkeypatch):
    data = interactions([(u, v) for u in range(9) for v in range(6)])
    texts = Texts("title", np.arange(6), Path("titles.csv"), tuple("abcdef"))
    encoded = _vectors("title", range(6), np.ones((6, 1)))
    monkeypatch.setattr(
        "a2bm2gl_tf.data.preparation.prepare.encode",
        lambda content, options: encode(encoded, options),
    )
    assert prepare(RawData(data, (texts,)), SOURCE, PreparationOptions()).titles == tuple("abcdef")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"threshold": 9.0}, r"after the filter threshold \(at_least = 9.0\)"),
        ({"user_core": 99}, r"after the filter k_core \(user_core = 99, item_core = 1\)"),
        ({"num_users": 51}, "--num_users=51: only 50 users"),
        ({"split": "given"}, "does not come split"),
    ],
)
def test_what_cannot_be_done(raw_data, changes, said):
    with pytest.raises(UserError, match=said):
        prepare(raw_data(), SOURCE, PreparationOptions(**changes))


@pytest.mark.parametrize("name", ["../up", "a/b", "", "poster_mask", "a" * 65, "a\n", "é"])
def test_names_that_cannot_be_files(raw_data, name):
    with pytest.raises(UserError, match="--content="):
        prepare(raw_data(names=(name,)), SOURCE, PreparationOptions())
    with pytest.raises(UserError, match="two contents are called visual"):
        prepare(raw_data(names=("visual", "visual")), SOURCE, PreparationOptions())


def test_no_records_at_all(interactions):
    data = interactions([(1, 1)])
    empty = dataclasses.replace(data, users=data.users[:0], items=data.items[:0])
    with pytest.raises(UserError, match=r"ratings.csv: holds no interaction"):
        prepare(RawData(empty), SOURCE, PreparationOptions())
