import os
import shutil

import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.service.versions import find_versions


def _write(path, shards=1, written=1000):
    (path / "variables").mkdir(parents=True)
    (path / "saved_model.pb").write_bytes(b"model")
    os.utime(path / "saved_model.pb", (written, written))
    (path / "variables" / "variables.index").write_bytes(b"index")
    for shard in range(shards):
        (path / "variables" / f"variables.data-{shard:05}-of-{shards:05}").write_bytes(b"data")
    return path


def _names(folder):
    return [version.name for version in find_versions(folder)]


def test_the_highest_number_is_newest_then_names_by_time(tmp_path):
    for name, written in (("9", 5), ("10", 1), ("spring", 30), ("autumn", 20), ("002", 50)):
        _write(tmp_path / name, written=written)
    (tmp_path / "notes.txt").write_text("no export")
    (tmp_path / "empty").mkdir()
    assert _names(tmp_path) == ["10", "9", "002", "spring", "autumn"]


def test_what_is_being_written_is_left_alone(tmp_path):
    _write(tmp_path / "1")
    _write(tmp_path / ".2.partial")
    for missing in ("saved_model.pb", "variables/variables.index", "variables"):
        path = _write(tmp_path / f"3{missing[0]}{len(missing)}", shards=2)
        target = path / missing
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    (_write(tmp_path / "35") / "variables" / "variables.data-00000-of-00001").unlink()
    (_write(tmp_path / "4", shards=12) / "variables" / "variables.data-00007-of-00012").unlink()
    _write(tmp_path / "5", shards=10)
    assert _names(tmp_path) == ["5", "1"]


def test_one_export_is_its_own_version(tmp_path):
    path = _write(tmp_path / "export")
    _write(path / "assets" / "nested")
    assert _names(path) == ["export"]


def test_another_export_at_the_same_path_is_another_version(tmp_path):
    path = _write(tmp_path / "export")
    first = find_versions(path)
    assert find_versions(path) == first
    # The same sizes and times, as a copy that keeps them has; the files are others.
    shutil.copytree(path, tmp_path / "copy")
    shutil.rmtree(path)
    os.rename(tmp_path / "copy", path)
    assert find_versions(path) != first
    second = find_versions(path)
    data = path / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(b"more data")
    assert find_versions(path) != second


def test_nowhere_to_look(tmp_path):
    with pytest.raises(UserError, match=r"nowhere is not a directory.*--export_dir"):
        find_versions(tmp_path / "nowhere")
    assert find_versions(tmp_path) == []
