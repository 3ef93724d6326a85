import os

import pytest

from a2bm2gl_tf.serving import replacement
from a2bm2gl_tf.serving.replacement import move_into_place


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
    monkeypatch.setattr(replacement, "_exchange", lambda first, second: False)
    move_into_place(written, target)
    assert (target / "file").read_text() == "new"
    assert sorted(path.name for path in target.parent.iterdir()) == ["target", "work"]


def test_old_directory_returns_when_the_second_rename_fails(directories, monkeypatch):
    written, target = directories
    monkeypatch.setattr(replacement, "_exchange", lambda first, second: False)
    rename = os.rename

    def rename_once(source, destination):
        if source == written:
            raise OSError("refused")
        rename(source, destination)

    monkeypatch.setattr(os, "rename", rename_once)
    with pytest.raises(OSError, match="refused"):
        move_into_place(written, target)
    assert (target / "file").read_text() == "old"
