import dataclasses
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from a2bm2gl_tf import directories
from a2bm2gl_tf.data.features.scaled_encoding import scale_new_rows
from a2bm2gl_tf.data.features.scaling import SCALINGS
from a2bm2gl_tf.data.preparation import store
from a2bm2gl_tf.data.preparation.opening import open_prepared
from a2bm2gl_tf.data.preparation.preparation_options import PreparationOptions
from a2bm2gl_tf.data.preparation.prepare import prepare
from a2bm2gl_tf.data.preparation.split_options import SplitOptions
from a2bm2gl_tf.data.preparation.store import fixed_width, write_prepared
from a2bm2gl_tf.errors import UserError

ORIGIN = {"name": "small", "format": "table", "inputs": []}


@pytest.fixture
def prepared_data(raw_data):
    def make(seed=0, order=None, **options):
        prepared = prepare(
            raw_data(order=order),
            Path("ratings.csv"),
            PreparationOptions(split_options=SplitOptions(seed=seed, **options)),
        )
        return dataclasses.replace(prepared, record=prepared.record | ORIGIN)

    return make


def _contents(directory):
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_what_is_written_is_what_is_opened(prepared_data, tmp_path):
    prepared = prepared_data(folds=3)
    write_prepared(tmp_path / "deep" / "out", prepared)
    opened = open_prepared(tmp_path / "deep" / "out", verify_hashes=True)
    for field in ("user_ids", "item_ids", "users", "items", "parts", "values", "times"):
        stored, made = getattr(opened, field), getattr(prepared, field)
        np.testing.assert_array_equal(stored, made)
        assert stored.dtype == made.dtype
        assert not stored.flags.writeable
        assert isinstance(stored.base, np.memmap)
    assert opened.titles == prepared.titles
    assert opened.titles[5] is None
    for one, other in zip(opened.modalities, prepared.modalities, strict=True):
        np.testing.assert_array_equal(one.features, other.features)
        np.testing.assert_array_equal(one.present, other.present)
    for name, values in prepared.statistics["visual"].items():
        np.testing.assert_array_equal(opened.statistics["visual"][name], values)
    assert opened.record.items() >= prepared.record.items()
    assert opened.record["counts"]["folds"][2]["test"] == (prepared.parts[2] == 2).sum()


def test_files_and_headers_are_the_same_everywhere(prepared_data, tmp_path):
    write_prepared(tmp_path / "out", prepared_data())
    stored = _contents(tmp_path / "out")
    assert sorted(stored) == [
        "features/visual.deviation.npy",
        "features/visual.mean.npy",
        "features/visual.npy",
        "features/visual_mask.npy",
        "item_ids.npy",
        "items.npy",
        "manifest.json",
        "parts.npy",
        "times.npy",
        "titles.json",
        "user_ids.npy",
        "users.npy",
        "values.npy",
    ]
    for name, descr in (("users", "<i4"), ("item_ids", "<i8"), ("parts", "|u1"), ("times", "<i8")):
        assert stored[f"{name}.npy"][:8] == b"\x93NUMPY\x01\x00"
        assert f"'descr': '{descr}'".encode() in stored[f"{name}.npy"][:128]
    manifest = stored["manifest.json"].decode()
    assert str(tmp_path) not in manifest
    assert json.dumps(json.loads(manifest), indent=2, sort_keys=True) + "\n" == manifest


def test_a_row_scaled_by_what_is_stored_is_the_stored_row(raw_data, tmp_path):
    raw = raw_data()
    unscaled = prepare(raw, Path("x"), PreparationOptions(feature_scaling="none"))
    for scaling in SCALINGS:
        prepared = prepare(raw, Path("x"), PreparationOptions(feature_scaling=scaling))
        write_prepared(
            tmp_path / scaling, dataclasses.replace(prepared, record=prepared.record | ORIGIN)
        )
        opened = open_prepared(tmp_path / scaling)
        parameters = opened.record["modalities"][0]["scaling_parameters"]
        rows = unscaled.modalities[0].features[[7, 3]]
        found = scale_new_rows(rows, parameters, opened.statistics["visual"])
        np.testing.assert_array_equal(found, opened.modalities[0].features[[7, 3]])


def test_names_like_those_of_statistics_are_no_clash(raw_data, tmp_path):
    names = ("visual", "visual_mean", "visual_deviation")
    prepared = prepare(raw_data(names=names), Path("x"), PreparationOptions())
    write_prepared(tmp_path / "out", dataclasses.replace(prepared, record=prepared.record | ORIGIN))
    opened = open_prepared(tmp_path / "out", verify_hashes=True)
    for one, other in zip(opened.modalities, prepared.modalities, strict=True):
        np.testing.assert_array_equal(one.features, other.features)
        for name, values in prepared.statistics[one.name].items():
            np.testing.assert_array_equal(opened.statistics[one.name][name], values)


def test_twice_is_the_same_bytes_in_any_order_of_the_input(prepared_data, tmp_path):
    write_prepared(tmp_path / "one", prepared_data())
    write_prepared(tmp_path / "again", prepared_data())
    assert _contents(tmp_path / "one") == _contents(tmp_path / "again")
    write_prepared(tmp_path / "shuffled", prepared_data(order=np.random.default_rng(4)))
    assert _contents(tmp_path / "one") == _contents(tmp_path / "shuffled")
    write_prepared(tmp_path / "other", prepared_data(seed=1))
    one, other = _contents(tmp_path / "one"), _contents(tmp_path / "other")
    differing = {name for name in one if one[name] != other[name]}
    assert differing == {"parts.npy", "manifest.json"}


def test_text_ids_keep_every_character(prepared_data, tmp_path):
    prepared = prepared_data()
    ids = np.array([f"ü {row:02d} 陳\n" for row in range(len(prepared.user_ids))], object)
    write_prepared(tmp_path / "out", dataclasses.replace(prepared, user_ids=ids))
    assert open_prepared(tmp_path / "out").user_ids.tolist() == ids.tolist()
    assert fixed_width(np.array(["a", "bcd"], object), "user").dtype.str == "<U3"
    with pytest.raises(UserError, match=r"item id 'xxxxx.*has 300 characters"):
        fixed_width(np.array(["x" * 300], object), "item")
    with pytest.raises(UserError, match="NUL"):
        fixed_width(np.array(["a\0"], object), "item")


def test_an_existing_directory_is_replaced_only_if_asked(prepared_data, tmp_path):
    target = tmp_path / "out"
    write_prepared(target, prepared_data())
    with pytest.raises(UserError, match=r"exists already; give another, or --overwrite"):
        write_prepared(target, prepared_data(seed=1))
    before = _contents(target)
    write_prepared(target, prepared_data(seed=1), overwrite=True)
    assert _contents(target) != before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("words")
    with pytest.raises(UserError, match="left alone"):
        write_prepared(tmp_path / "thesis", prepared_data(), overwrite=True)
    with pytest.raises(UserError, match="is a file"):
        write_prepared(tmp_path / "thesis" / "chapter.txt", prepared_data(), overwrite=True)
    (tmp_path / "empty").mkdir()
    write_prepared(tmp_path / "empty", prepared_data())


@pytest.mark.parametrize("module_and_step", [(store, "_write_array"), (store, "_write_json"),
                                             (directories, "sync"),
                                             (directories, "move_into_place")])  # fmt: skip
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_nothing(
    prepared_data, tmp_path, monkeypatch, module_and_step, failure
):
    kept = tmp_path / "kept"
    write_prepared(kept, prepared_data())
    before = _contents(kept)

    def fail(*arguments):
        raise failure

    monkeypatch.setattr(*module_and_step, fail)
    expected = KeyboardInterrupt if isinstance(failure, KeyboardInterrupt) else UserError
    for target in (kept, tmp_path / "new" / "deep"):
        with pytest.raises(expected):
            write_prepared(target, prepared_data(seed=1), overwrite=True)
    assert _contents(tmp_path) == {f"kept/{name}": data for name, data in before.items()}
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_full_disk_is_one_line(prepared_data, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system is not allowed here")
    try:
        with pytest.raises(UserError, match=r"--output_dir=.*No space left on device; nothing was"):
            write_prepared(disk / "out", prepared_data())
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_threads_do_not_change_the_bytes(tmp_path):
    program = f"""
import dataclasses, sys
import numpy as np
from pathlib import Path
from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.formats.raw import Interactions, RawData
from a2bm2gl_tf.data.preparation.preparation_options import PreparationOptions
from a2bm2gl_tf.data.preparation.prepare import prepare
from a2bm2gl_tf.data.preparation.store import write_prepared
rng = np.random.default_rng(0)
users, items = (x.astype(np.int32) for x in np.nonzero(rng.random((300, 200)) < .1))
data = Interactions(np.arange(300), np.arange(200), users, items)
rows = rng.normal(size=(200, 512)).astype(np.float32)
raw = RawData(data, (Vectors("v", np.arange(200), Path("v.npy"), rows),))
prepared = prepare(raw, Path("x"), PreparationOptions())
record = prepared.record | {ORIGIN!r}
write_prepared(Path(sys.argv[1]), dataclasses.replace(prepared, record=record))
"""
    for threads in ("1", "2"):
        environment = os.environ | {
            "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "PYTHONHASHSEED": threads,
        }
        command = [sys.executable, "-c", program, str(tmp_path / threads)]
        subprocess.run(command, env=environment, check=True)
    assert _contents(tmp_path / "1") == _contents(tmp_path / "2")
