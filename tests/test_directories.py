import os
import subprocess
import sys
from pathlib import Path

import pytest

from a2bm2gl_tf import directories as module
from a2bm2gl_tf.directories import atomic_directory, move_into_place


@pytest.fixture
def directories(tmp_path):
    written, target = tmp_path / "work" / "written", tmp_path / "target"
    for directory, text in ((written, "new"), (target, "old")):
        directory.mkdir(parents=True)
        (directory / "file").write_text(text)
    return written, target


def test_moves_to_a_free_name(directories):
    written, target = directories
    free = target.with_name("free")
    move_into_place(written, free)
    assert (free / "file").read_text() == "new"
    assert not written.exists()


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="names are swapped on Linux only")
def test_linux_never_leaves_the_name_free(directories, monkeypatch):
    written, target = directories
    monkeypatch.setattr(os, "rename", lambda *names: pytest.fail("two renames leave a gap"))
    move_into_place(written, target)
    assert (target / "file").read_text() == "new"
    assert (written / "file").read_text() == "old"


def test_renames_aside_where_names_cannot_be_swapped(directories, monkeypatch):
    written, target = directories
    monkeypatch.setattr(module, "_exchange", lambda first, second: False)
    move_into_place(written, target)
    assert (target / "file").read_text() == "new"
    assert sorted(path.name for path in target.parent.iterdir()) == ["target", "work"]


def test_old_directory_returns_when_the_second_rename_fails(directories, monkeypatch):
    written, target = directories
    monkeypatch.setattr(module, "_exchange", lambda first, second: False)
    rename = os.rename

    def rename_once(source, destination):
        if source == written:
            raise OSError("refused")
        rename(source, destination)

    monkeypatch.setattr(os, "rename", rename_once)
    with pytest.raises(OSError, match="refused"):
        move_into_place(written, target)
    assert (target / "file").read_text() == "old"


def _write_half(target, error):
    with atomic_directory(target) as directory:
        (directory / "file").write_text("half")
        raise error


def test_a_whole_directory_or_none(tmp_path):
    target = tmp_path / "new" / "deep" / "target"
    with pytest.raises(KeyboardInterrupt):
        _write_half(target, KeyboardInterrupt())
    assert list(tmp_path.iterdir()) == []
    with atomic_directory(target) as directory:
        (directory / "file").write_text("whole")
        assert not target.exists()
    assert (target / "file").read_text() == "whole"
    with atomic_directory(target) as directory:
        (directory / "other").write_text("newer")
    assert [path.name for path in target.iterdir()] == ["other"]
    assert [path.name for path in target.parent.iterdir()] == ["target"]


def test_a_failure_leaves_the_old_directory_and_its_neighbours(directories):
    _, target = directories
    with pytest.raises(OSError, match="full"):
        _write_half(target, OSError("full"))
    assert (target / "file").read_text() == "old"
    assert sorted(path.name for path in target.parent.iterdir()) == ["target", "work"]


_FILL = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from a2bm2gl_tf.directories import atomic_directory
with atomic_directory(Path(sys.argv[2])) as folder:
    (folder / "file").write_text("half")
    print("half", flush=True)
    time.sleep(30)
"""


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_has_is_not(tmp_path):
    target, root = tmp_path / "out", Path(__file__).resolve().parents[1]
    # As alike as a directory of someone else's may be.
    (tmp_path / ".out.original").mkdir()
    owners = [
        subprocess.Popen(
            [sys.executable, "-c", _FILL, str(root), str(target)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        assert [owner.stdout.readline() for owner in owners] == ["half\n"] * 2
        assert len(list(tmp_path.glob(".out.*.tmp"))) == 2
        owners[0].kill()
        owners[0].wait()
        with atomic_directory(target) as folder:
            (folder / "file").write_text("whole")
            assert len(list(tmp_path.glob(".out.*.tmp"))) == 2  # the living one's and ours
        (left,) = tmp_path.glob(".out.*.tmp")
        assert (left / "written" / "file").read_text() == "half"
    finally:
        for owner in owners:
            owner.kill()
            owner.wait()
    with atomic_directory(target) as folder:
        (folder / "file").write_text("again")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.original", "out"]
    assert (target / "file").read_text() == "again"
