import numpy as np
import pytest

INTER = """\
x_label\titemID\tuserID\ttimestamp\trating
0\t2\t11\t1400000003.0\t5.0
2\t0\t11\t1400000005.0\t4.0
1\t2\t10\t1400000004.0\t3.5
"""


@pytest.fixture
def folder(tmp_path, write):
    write("baby.inter", INTER)
    np.save(tmp_path / "image_feat.npy", np.arange(8, dtype=np.float64).reshape(4, 2))
    np.save(tmp_path / "text_feat.npy", np.ones((4, 3), np.float32))
    return tmp_path


def test_by_hand(folder, read):
    raw = read(folder, "mmrec")
    found = raw.interactions
    assert found.user_ids.tolist() == [10, 11]
    assert found.item_ids.tolist() == [0, 2]
    assert found.users.tolist() == [1, 1, 0]
    assert found.items.tolist() == [1, 0, 1]
    assert found.values.tolist() == [5, 4, 3.5]
    assert found.times.tolist() == [1400000003, 1400000005, 1400000004]
    assert found.parts.tolist() == [0, 2, 1]
    image, text = raw.contents
    assert (image.name, text.name) == ("image", "text")
    assert image.item_ids.tolist() == [0, 1, 2, 3]
    assert image.rows.dtype == np.float32
    assert image.rows[2].tolist() == [4, 5]


def test_ratings_and_times_may_be_missing(tmp_path, write, read):
    path = write("a.inter", "userID\titemID\tx_label\n1\t0\t0\n")
    raw = read(path, "mmrec")
    assert raw.interactions.values is None
    assert raw.interactions.times is None
    assert raw.contents == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("3\t2\t1\t1\t1", "column x_label: 3 is none of 0 (training), 1 (validation), 2"),
        ("0\t4\t1\t1\t1", "item 4 has no row among the 4 of image_feat.npy; use files"),
        ("0\t-1\t1\t1\t1", "column itemID: '-1': is negative; mend"),
        ("0\tx\t1\t1\t1", "column itemID: 'x': is not a whole number; mend"),
        ("0\t2\t1\tnow\t1", "column timestamp: 'now': is not a number, as the rows before"),
        ("0\t2\t1\t1\tinf", "column rating: 'inf': is not finite; mend"),
    ],
)
def test_a_bad_row_is_named(folder, write, refused, line, words):
    write("baby.inter", INTER + line + "\n")
    refused("mmrec", folder, "baby.inter: row 5: ", words)


def test_bad_files(folder, write, refused):
    np.save(folder / "text_feat.npy", np.array([[1.0], [np.inf], [1.0], [1.0]]))
    refused("mmrec", folder, "text_feat.npy", "row 2 holds NaN, an infinity", "mend it")
    write("other.inter", INTER)
    refused("mmrec", folder, "--input", "several; keep one")
    write("baby.inter", INTER.replace("x_label", "label"))
    refused("mmrec", folder / "baby.inter", "row 1", "no column 'x_label'", "mend the header")
