import fcntl
import json

import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.inspection.kinds import summarise
from a2bm2gl_tf.inspection.text import text_of
from a2bm2gl_tf.tuning.space import space_of_grid
from a2bm2gl_tf.tuning.study import TuningStudy
from tests.inspection.conftest import SEARCH


def test_a_search_is_counted_as_its_own_study_counts_it(tmp_path):
    (tmp_path / "study.json").write_text(json.dumps(SEARCH))
    space = space_of_grid({"dimension": (8, 16, 32, 64)})
    study = TuningStudy(tmp_path / "study.journal", space, "random", seed=0)
    for value in (0.2, 0.4, None):
        trial = study.begin(budget=4)
        if value is None:
            study.fail(trial, "for a reason")
        else:
            fits = [
                {"fold": fold, "value": value + x, "seed": 0, "seconds": 1.0, "best_step": 1}
                for fold, x in enumerate((-0.1, 0.1))
            ]
            study.finish(trial, fits)
    study.begin(budget=4)
    # Begun again after an interruption: the abandoned trial is not counted.
    again = TuningStudy(tmp_path / "study.journal", space, "random", seed=0)
    again.begin(budget=4)
    found = summarise(tmp_path)
    assert found["kind"] == "tuning study"
    assert found["trials"] == {"done": 2, "failed": 1, "unfinished": 1}
    assert found["best_trial"] == 2
    assert found["best_value"] == pytest.approx(0.4)
    assert found["running"] is None
    with open(tmp_path / ".lock", "w") as lock:
        assert summarise(tmp_path)["running"] is False
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert summarise(tmp_path)["running"] is True
    assert "unfinished 1" in text_of(found)


def test_a_comparison_is_counted_by_key(tmp_path):
    cell = {"kind": "trial", "method": "ease", "seed": 0, "data": "abc", "status": "done"}
    lines = [
        {"kind": "a2bm2gl comparison", "format": 1},
        {"kind": "comparison", "comparison": {}},
        cell | {"key": "k1", "status": "failed"},
        cell | {"key": "k1"},
        cell | {"key": "k2", "kind": "final", "seed": 1, "method": "lightgcn"},
        cell | {"key": "k3", "kind": "final", "status": "failed"},
    ]
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    found = summarise(tmp_path)
    assert found["kind"] == "comparison store"
    assert (found["trials"], found["tested"]) == (1, 2)
    assert found["methods"] == ["ease", "lightgcn"]
    assert found["seeds"] == [0, 1]
    assert found["states"] == {"done": 2, "failed": 1}
    (tmp_path / "results.jsonl").write_text('{"kind": "else"}\n')
    with pytest.raises(UserError, match="not the results of this project"):
        summarise(tmp_path)


def test_prepared_data_says_its_counts_and_which_files_are_not_whole(tmp_path):
    files = {"users.npy": {"bytes": 3, "sha256": ""}, "items.npy": {"bytes": 4, "sha256": ""}}
    manifest = {
        "name": "mine",
        "format": "table",
        "counts": {
            "users": 1,
            "items": 2,
            "interactions": 3,
            "folds": [{"train": 1, "validation": 1, "test": 1}],
        },
        "split": {"recipe": "ratio"},
        "modalities": [{"name": "title", "width": 5}],
        "library_versions": {},
        "files": files,
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "users.npy").write_bytes(b"abc")
    (tmp_path / "items.npy").write_bytes(b"abc")
    found = summarise(tmp_path)
    assert (found["users"], found["items"], found["interactions"]) == (1, 2, 3)
    assert found["modalities"] == {"title": 5}
    assert found["faults"] == ["items.npy has 3 bytes"]
    (tmp_path / "items.npy").unlink()
    assert summarise(tmp_path)["faults"] == ["items.npy is missing"]
    outside = tmp_path.parent / "outside.npy"
    outside.write_bytes(b"abcd")
    (tmp_path / "items.npy").symlink_to(outside)
    for name in ("../outside.npy", str(outside), "features/../../outside.npy", "a\0.npy"):
        files[name] = {"bytes": 4, "sha256": ""}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    found = summarise(tmp_path)
    assert found["faults"] == [
        "../outside.npy cannot be a file of it",
        f"{outside} cannot be a file of it",
        "a\0.npy cannot be a file of it",
        "features/../../outside.npy cannot be a file of it",
        "items.npy is a link, which prepared data never holds",
    ]
    assert all(line.isprintable() for line in text_of(found).splitlines())
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(UserError, match="not a manifest of this version"):
        summarise(tmp_path)


def test_what_is_not_ours_is_one_line(tmp_path):
    with pytest.raises(UserError, match="no such directory"):
        summarise(tmp_path / "none")
    with pytest.raises(UserError, match="nothing that this project writes"):
        summarise(tmp_path)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(UserError, match="is a file"):
        summarise(file)


@pytest.mark.parametrize(
    "metadata",
    [{"config": [1]}, {"config": {"model_config": 7, "training": None}}, {"config": None}, {}],
)
def test_metadata_of_others_are_no_fault(tmp_path, metadata):
    (tmp_path / "saved_model.pb").write_bytes(b"")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "metadata.json").write_text(json.dumps(metadata))
    found = summarise(tmp_path)
    assert (found["dimension"], found["seed"]) == (None, None)
    assert found["faults"] == [
        "variables.index: [Errno 2] No such file or directory: "
        f"'{tmp_path}/variables/variables.index'"
    ]


@pytest.mark.parametrize("name", ["manifest.json", "config.json", "results.jsonl"])
def test_what_is_nested_without_end_is_one_line(tmp_path, name):
    (tmp_path / name).write_text('{"a":' * 100_000 + "\n")
    with pytest.raises(UserError, match=rf"{name}.*: not valid JSON"):
        summarise(tmp_path)
