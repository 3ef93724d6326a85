import numpy as np
import pytest

from a2bm2gl_tf.data.formats.raw import TEST, TRAIN


@pytest.fixture
def folder(tmp_path, write):
    write("train.txt", "3 10 11\n1\n0 11\n")
    write("test.txt", "3 20\n7\n0 10 10\n")
    return tmp_path


def test_by_hand(folder, read):
    raw = read(folder, "lightgcn")
    found = raw.interactions
    assert found.user_ids.tolist() == [0, 1, 3, 7]
    assert found.item_ids.tolist() == [10, 11, 20]
    users, items = found.user_ids[found.users], found.item_ids[found.items]
    assert list(zip(users, items, found.parts, strict=True)) == [
        *((3, 10, TRAIN), (3, 11, TRAIN), (0, 11, TRAIN)),
        *((3, 20, TEST), (0, 10, TEST), (0, 10, TEST)),
    ]
    assert found.users.dtype == found.items.dtype == np.int32
    assert found.times is None
    assert [file.name for file in raw.files] == ["train.txt", "test.txt"]
    assert raw.counts["records"] == 6


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("train.txt", "1 2\n3 x\n", ("train.txt: row 2: 'x' is not a whole number",)),
        ("test.txt", "1 2\n\n3 4\n", ("test.txt: row 2: the line is blank; remove it",)),
        ("test.txt", "1 -2\n", ("test.txt: row 1: '-2' is not a whole number of 0 or more",)),
        ("train.txt", "1 9999999999999999999\n", ("train.txt: row 1", "number the ids anew")),
        ("train.txt", b"\x1f\x8b\x08\x00", ("train.txt: is compressed with gzip", "gunzip")),
        ("train.txt", b"1 \xff\n", ("train.txt: row 1", "is not a whole number")),
        ("train.txt", "", ("train.txt: the file is empty",)),
        ("train.txt", None, ("train.txt: is a folder where a file is needed",)),
    ],
)
def test_faults(folder, write, refused, name, content, words):
    if content is None:
        (folder / name).unlink()
        (folder / name).mkdir()
    else:
        write(name, content)
    refused("lightgcn", folder, *words)


def test_users_alone_are_no_data(folder, write, refused):
    write("train.txt", "1\n2\n")
    write("test.txt", "1\n")
    refused("lightgcn", folder, "train.txt: no line holds an item")


def test_real_gowalla(real_data, read):
    found = read(real_data("gowalla"), "lightgcn").interactions
    assert (len(found.user_ids), len(found.item_ids)) == (29858, 40981)
    assert np.bincount(found.parts, minlength=3).tolist() == [810128, 0, 217242]
    # test.txt starts with "0 7580 3730 5983" and ends with "29857 145 5317".
    users, items = found.user_ids[found.users], found.item_ids[found.items]
    tested = found.parts == TEST
    assert items[tested][:3].tolist() == [7580, 3730, 5983]
    assert users[tested][-2:].tolist() == [29857, 29857]
    assert items[tested][-2:].tolist() == [145, 5317]
