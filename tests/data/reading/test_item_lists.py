import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a2bm2gl_tf.data.reading.item_lists import read_item_lists


@pytest.fixture
def read(tmp_path):
    def read(content):
        (tmp_path / "train.txt").write_bytes(content)
        return read_item_lists(tmp_path / "train.txt")

    return read


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b" \n"])
def test_by_hand(read, end):
    lists = read(end.join([b"4 10 11", b"2", b"7\t3  9", b"4 10"]) + end)
    assert lists.users.tolist() == [4, 2, 7, 4]
    assert lists.lengths.tolist() == [2, 0, 2, 1]
    assert lists.items.tolist() == [10, 11, 3, 9, 10]
    assert lists.owners().tolist() == [4, 4, 7, 7, 4]
    assert lists.positions().tolist() == [0, 1, 0, 1, 0]


def test_mark_at_the_start_and_no_line_end_at_the_last(read):
    lists = read(b"\xef\xbb\xbf1 2\n3 999999999999999999")
    assert lists.users.tolist() == [1, 3]
    assert lists.items.tolist() == [2, 999999999999999999]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"1 -2", "'-2' is not a whole number of 0 or more"),
        (b"-1 2", "'-1' is not"),
        (b"1 x", "'x' is not"),
        (b"1 2.0", "'2.0' is not"),
        (b"1,2", "'1,2' is not"),
        (b"1 \xff", "is not a whole number"),
        (b"1 \xd9\xa3", "is not a whole number"),
        (b"1 \0", "is not a whole number"),
        (b"1 1_0", "'1_0' is not"),
        (b"1 1234567890123456789", "longer than 18 digits; number the ids anew"),
        (b"1" + b"0" * 5000, "longer than 18 digits"),
        (b"1\x0b2", "neither a digit nor a blank; remove it"),
        (b"", "the line is blank; remove it"),
        (b"  ", "the line is blank"),
    ],
)
def test_first_bad_row_is_named(read, complaint, line, said):
    message = complaint(read, b"5 6\n" + line + b"\n7 -8\n")
    assert "train.txt: row 2: " in message
    assert said in message


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "the file is empty"), (b"\x1f\x8b\x08", "gunzip"), (b"PK\x03\x04", "unzip")],
)
def test_other_files(read, complaint, content, said):
    assert said in complaint(read, content)


def test_an_endless_line_does_not_fill_memory(read, complaint, monkeypatch):
    monkeypatch.setattr("a2bm2gl_tf.data.reading.lines._LONGEST", 64)
    assert "row 2: longer than 64 bytes" in complaint(read, b"1 2\n" + b"7 " * 40)
    assert complaint(read, b"1 2\n" * 40) == ""


_ids = st.integers(0, 10**18 - 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists=st.lists(st.tuples(_ids, st.lists(_ids)), min_size=1))
def test_lists_come_back(read, lists):
    found = read("\n".join(" ".join(map(str, (u, *items))) for u, items in lists).encode())
    assert found.users.tolist() == [user for user, _ in lists]
    assert found.lengths.tolist() == [len(items) for _, items in lists]
    assert found.items.tolist() == [item for _, items in lists for item in items]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60))
def test_arbitrary_bytes_end_in_one_line(read, complaint, content):
    said = complaint(read, content)
    assert not said or "train.txt: " in said
