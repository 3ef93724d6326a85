"""A prepared directory that was damaged, or made to do harm, is refused in one line."""

import dataclasses
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from a2bm2gl_tf.data.preparation import array_checks
from a2bm2gl_tf.data.preparation.opening import open_prepared
from a2bm2gl_tf.data.preparation.preparation_options import PreparationOptions
from a2bm2gl_tf.data.preparation.prepare import prepare
from a2bm2gl_tf.data.preparation.store import write_prepared
from a2bm2gl_tf.errors import UserError

SCALED = ["modalities", 0, "scaling_parameters"]
STATISTICS = [*SCALED, "statistics"]
SUM = {"shape": [6], "sha256": "0" * 64}


@pytest.fixture
def directory(raw_data, tmp_path):
    prepared = prepare(raw_data(), Path("ratings.csv"), PreparationOptions())
    origin = {"name": "small", "format": "table", "inputs": []}
    write_prepared(tmp_path / "out", dataclasses.replace(prepared, record=prepared.record | origin))
    return tmp_path / "out"


def _refused(directory, *parts, **options):
    with pytest.raises(UserError) as caught:
        open_prepared(directory, **options)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message


def _set(manifest, place, value):
    *parents, last = place
    for key in parents:
        manifest = manifest[key]
    if value is None:
        del manifest[last]
    else:
        manifest[last] = value


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (["schema_version"], 1, "schema version 1 where this program reads 2"),
        (["schema_version"], "1", "schema_version is not a whole number"),
        (["counts"], None, "has no counts"),
        (["counts", "users"], 10**9, "where"),
        (["counts", "users"], -1, "counts.users is not"),
        (["counts", "items"], 2.5, "counts.items is not"),
        (["counts", "interactions"], True, "counts.interactions is not"),
        (["counts", "folds"], [], "counts.folds is empty"),
        (["counts", "folds"], [{}], "counts.folds[0] has no train"),
        (["counts", "folds", 0, "test"], 3, "its counts are not those of the arrays"),
        (["modalities", 0, "name"], "../../etc/passwd", "cannot be a modality's name"),
        (["modalities", 0, "name"], "visual_mask", "cannot be a modality's name"),
        (["modalities", 0, "name"], ["visual"], "modalities[0].name is not text"),
        (["modalities", 0, "libraries"], [1], "libraries[0] is not text"),
        (["modalities", 0, "width"], 10**9, "the statistics of visual are not those"),
        (["modalities", 0, "scaling"], None, "has no scaling"),
        (["modalities", 0, "scaling"], "l2", "'l2' cannot be the scaling of visual"),
        (["modalities", 0, "scaling_parameters"], None, "has no scaling_parameters"),
        ([*STATISTICS, "mean"], None, "the statistics of visual are not those of zscore_l2"),
        ([*STATISTICS, "../x"], SUM, "the statistics of visual are not those of zscore_l2"),
        ([*STATISTICS, "mean"], SUM, "visual.mean.npy: is not what the features were scaled with"),
        ([*STATISTICS, "mean", "shape"], [7], "the statistics of visual are not those"),
        ([*SCALED, "fitted_rows"], 39, "visual was not scaled by the rows that are there"),
        (["files", "features/visual.mean.npy"], None, "visual.mean.npy is not among the files"),
        (["modalities"], [], "'features/visual.deviation.npy' cannot be a file"),
        (["files", "/etc/passwd"], {"bytes": 1, "sha256": ""}, "'/etc/passwd' cannot be a file"),
        (["files", "../x.npy"], {"bytes": 1, "sha256": ""}, "'../x.npy' cannot be a file"),
        (["files", "users.npy"], None, "users.npy is not among the files"),
        (["files", "users.npy", "bytes"], 5, "users.npy: has"),
        (["files", "users.npy"], 7, "files.users.npy is not an object"),
        (["split", "recipe"], {"a": 1}, "split.recipe is not text"),
        (["reading"], [1], "reading is not an object"),
    ],
)
def test_manifests(directory, place, value, said):
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text())
    _set(manifest, place, value)
    path.write_text(json.dumps(manifest))
    _refused(directory, said)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "null", "[" * 100000, "9" * 5000, '{"a": 1', "\x80"]
)
def test_manifests_that_are_none(directory, text):
    (directory / "manifest.json").write_bytes(text.encode("latin-1"))
    _refused(directory, "manifest.json", "prepare the data again")


def _replace(directory, name, content):
    """Puts another file in, with its size and hash in the manifest as they should be."""
    (directory / name).write_bytes(content)
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text())
    digest = hashlib.sha256(content).hexdigest()
    manifest["files"][name] = {"bytes": len(content), "sha256": digest}
    path.write_text(json.dumps(manifest))


def _saved(array, tmp_path, allow_pickle=False):
    np.save(tmp_path / "x.npy", array, allow_pickle=allow_pickle)
    return (tmp_path / "x.npy").read_bytes()


def _with(array, place, value):
    changed = array.copy()
    changed.flat[place] = value
    return changed


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("users.npy", lambda a: a.astype("i8"), "holds int64"),
        ("users.npy", lambda a: a[1:], "shape"),
        ("users.npy", lambda a: a[:, None], "shape"),
        ("users.npy", lambda a: a[::-1].copy(), "not sorted"),
        ("users.npy", lambda a: a - 1, "a row is not 0 to 49"),
        ("items.npy", lambda a: a + 30, "a row is not 0 to 39"),
        ("items.npy", lambda a: a.astype("f4"), "holds float32"),
        ("parts.npy", lambda a: a + 3, "a part is not 0, 1 or 2"),
        ("parts.npy", lambda a: a * 0, "its counts are not"),
        ("user_ids.npy", lambda a: a.astype("f8"), "holds float64"),
        ("item_ids.npy", lambda a: a[::-1].copy(), "not ascending"),
        ("features/visual.npy", lambda a: a.T.copy(), "shape"),
        ("features/visual.mean.npy", lambda a: a.astype("f4"), "holds float32"),
        ("features/visual.mean.npy", lambda a: a + 1, "is not what the features were scaled with"),
        ("features/visual_mask.npy", lambda a: a.astype("u1"), "holds uint8"),
        ("values.npy", lambda a: _with(a, -1, np.nan), "a value is not finite"),
        ("features/visual.npy", lambda a: _with(a, -1, np.inf), "a feature is not finite"),
        ("features/visual.npy", lambda a: _with(a, 7, np.nan), "a feature is not finite"),
    ],
)
def test_arrays_that_are_not_what_they_should_be(
    directory, tmp_path, monkeypatch, name, change, said
):
    # So that there are several blocks of features.
    monkeypatch.setattr(array_checks, "_BLOCK_VALUES", 48)
    array = np.load(directory / name)
    _replace(directory, name, _saved(change(array), tmp_path))
    _refused(directory, name.partition(".")[0] if "counts" not in said else "manifest", said)


def test_features_of_an_item_that_the_mask_leaves_out(directory, tmp_path):
    mask = np.load(directory / "features/visual_mask.npy")
    _replace(directory, "features/visual_mask.npy", _saved(_with(mask, -1, False), tmp_path))
    _refused(directory, "features/visual.npy: the features of an item that the mask leaves out")


class _Runs:
    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


def test_python_objects_run_nothing(directory, tmp_path):
    trace = tmp_path / "it_ran"
    objects = np.array([_Runs(trace)] * 50, object)
    _replace(directory, "user_ids.npy", _saved(objects, tmp_path, allow_pickle=True))
    _refused(directory, "user_ids.npy", "Python objects")
    assert not trace.exists()


def test_a_header_that_claims_more_than_the_file_holds(directory, tmp_path):
    claimed = _saved(np.zeros(100, "<i4"), tmp_path).replace(b"(100,), }", b"(10**9,)}")
    _replace(directory, "users.npy", claimed)
    _refused(directory, "users.npy")
    claimed = _saved(np.zeros(100, "<i4"), tmp_path).replace(b"(100,), }  ", b"(99999999,)}")
    _replace(directory, "users.npy", claimed)
    _refused(directory, "users.npy", "truncated")


@pytest.mark.parametrize("titles", ["[]", "{}", "[1]", "[" * 5000, '["a"', "\x80"])
def test_titles(directory, titles):
    _replace(directory, "titles.json", titles.encode("latin-1"))
    _refused(directory, "titles.json")


def test_links_missing_files_and_changed_bytes(directory, tmp_path):
    data = (directory / "times.npy").read_bytes()
    (directory / "times.npy").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    open_prepared(directory)
    _refused(directory, "times.npy", "its hash is not", verify_hashes=True)
    (directory / "times.npy").unlink()
    _refused(directory, "times.npy", "no such file")
    (tmp_path / "elsewhere.npy").write_bytes(data)
    (directory / "times.npy").symlink_to(tmp_path / "elsewhere.npy")
    _refused(directory, "times.npy", "is a link")
    (directory / "features").rename(tmp_path / "moved")
    (directory / "features").symlink_to(tmp_path / "moved")
    _refused(directory, "is a link")
    _refused(tmp_path, "no prepared data there")
