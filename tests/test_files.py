"""Files by name stay in their directory."""

import pytest

from a2bm2gl_tf.files import write_files


def test_files_are_written_by_name(tmp_path):
    write_files(tmp_path / "new", {"a.md": "é\n", "b.png": b"\xff"})
    assert (tmp_path / "new" / "a.md").read_bytes() == "é\n".encode()
    assert (tmp_path / "new" / "b.png").read_bytes() == b"\xff"


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a/b", "..", ".", "", "a\0b"])
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_written(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be the name of a file"):
        write_files(tmp_path / "in", {"a.md": "", name: ""})
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "outside").write_text("kept")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").symlink_to(tmp_path / "outside")
    write_files(tmp_path / "in", {"a.md": "new"})
    assert (tmp_path / "outside").read_text() == "kept"
    assert (tmp_path / "in" / "a.md").read_text() == "new"
    assert not (tmp_path / "in" / "a.md").is_symlink()
