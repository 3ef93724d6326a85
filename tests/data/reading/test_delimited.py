"""Delimited text becomes exactly the columns that it holds."""

import csv
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect

CSV = Dialect(",", quoted=True)


@pytest.fixture
def read(tmp_path):
    def write_and_read(content, kinds, dialect=CSV):
        path = tmp_path / "table.txt"
        path.write_bytes(content)
        return read_columns(path, dialect, kinds)

    return write_and_read


def test_ids_are_numbered_in_ascending_order_and_the_values_kept(read):
    columns = read(b"u,i,r\n10,b,2\n9,NA,-.5\n10,a,3e2\n", {"u": "id", "i": "id", "r": "number"})
    assert columns.records == 3
    assert columns["u"].ids.dtype == np.int64
    assert columns["u"].ids.tolist() == [9, 10]
    assert columns["u"].codes.dtype == np.int32
    assert columns["u"].codes.tolist() == [1, 0, 1]
    assert columns["i"].ids.tolist() == ["NA", "a", "b"]
    assert columns["i"].values().tolist() == ["b", "NA", "a"]
    assert columns["r"].dtype == np.float32
    assert columns["r"].tolist() == [2.0, -0.5, 300.0]


@pytest.mark.parametrize(
    "ids",
    [
        ["07", "7"],
        ["+7", "8"],
        ["-0", "1"],
        ["1.0", "2"],
        ["9223372036854775808", "1"],
        [" 1", "1"],
    ],
)
def test_ids_that_are_no_canonical_int64_stay_text(read, ids):
    column = read("\n".join(["i", *ids]).encode(), {"i": "id"})["i"]
    assert column.ids.dtype == object
    assert column.values().tolist() == ids


@pytest.mark.parametrize(
    "end", ["", "\n", "\n\n\n", "\r\n\r\n", "\r\r", "\n\r\n", "\n" * 1_100_000]
)
@pytest.mark.parametrize(
    "dialect", [CSV, Dialect("::"), Dialect(",", encoding="latin-1")], ids=["csv", "::", "latin"]
)
def test_blank_lines_at_the_very_end_are_no_records(read, dialect, end):
    content = f"u,i\n1,a\n2,b{end}".replace(",", dialect.separator)
    columns = read(content.encode(), {"u": "id", "i": "id"}, dialect)
    assert columns["u"].values().tolist() == [1, 2]
    assert columns["i"].values().tolist() == ["a", "b"]


def test_ids_at_the_ends_of_int64(read):
    column = read(b"i\n9223372036854775807\n-9223372036854775808\n0\n", {"i": "id"})["i"]
    assert column.ids.tolist() == [-(2**63), 0, 2**63 - 1]


@pytest.mark.parametrize(
    "content",
    [
        b"1,x\n2,y\n",
        b"1,x\n2,y",
        b"1,x\r\n2,y\r\n",
        b"1,x\r2,y",
        b"\xef\xbb\xbf1,x\n2,y\n",
        b'"1","x"\n2,"y"',
    ],
)
def test_line_ends_and_marks_that_files_come_with(read, content):
    columns = read(content, {"a": "id", "b": "text"}, Dialect(",", ("a", "b"), quoted=True))
    assert columns["a"].ids.tolist() == [1, 2]
    assert columns["b"].tolist() == ["x", "y"]


def test_quotes_are_ordinary_characters_unless_the_dialect_says_otherwise(read):
    columns = read(b'1\t"x\n2\ty"z\n', {"a": "id", "b": "text"}, Dialect("\t", ("a", "b")))
    assert columns["b"].tolist() == ['"x', 'y"z']


def test_separators_of_two_characters_and_latin_1(read):
    content = "1::Misérables, Les: a (1995)::x\n2::::y\n".encode("latin-1")
    dialect = Dialect("::", ("a", "b", "c"), encoding="latin-1")
    columns = read(content, {"a": "id", "b": "text", "c": "text"}, dialect)
    assert columns["b"].tolist() == ["Misérables, Les: a (1995)", ""]
    assert columns["c"].tolist() == ["x", "y"]


def test_blanks_around_numbers_are_passed_over(read):
    columns = read(b"a,b\n 5,7 \n-6,\t8\n", {"a": "whole", "b": "number"})
    assert columns["a"].tolist() == [5, -6]
    assert columns["b"].tolist() == [7, 8]


def test_the_row_of_a_record_counts_the_header_and_line_ends_within_quotes(read):
    columns = read(b'a,b\n1,"two\nlines"\n2,x\n', {"a": "id", "b": "text"})
    assert [columns.row(0), columns.row(1)] == [2, 4]
    columns = read(b"1,x\n2,y\n", {"a": "id"}, Dialect(",", ("a", "b")))
    assert columns.row(1) == 2


def test_files_of_several_blocks(read):
    """Five blocks of 4 MiB, with a separator and a character cut at many ends of a piece."""
    count = 1_200_000
    content = "".join(f"{i % 977}::é{i % 7}::{i}\n" for i in range(count)).encode()
    columns = read(content, {"a": "id", "b": "id", "c": "whole"}, Dialect("::", ("a", "b", "c")))
    assert columns.records == count
    np.testing.assert_array_equal(columns["c"], np.arange(count))
    np.testing.assert_array_equal(columns["a"].values(), np.arange(count) % 977)
    assert columns["b"].ids.tolist() == [f"é{i}" for i in range(7)]
    np.testing.assert_array_equal(columns["b"].codes, np.arange(count) % 7)


TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=8)
RECORD = st.tuples(
    TEXT.filter(bool),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    TEXT,
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(records=st.lists(RECORD, min_size=1, max_size=20), tail=st.sampled_from(["\n", "\r\n"]))
def test_any_table_that_the_csv_module_writes_comes_back(read, records, tail):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=tail, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "whole", "number", "text"])
    writer.writerows(records)
    kinds = {"text": "text", "number": "number", "whole": "whole", "id": "id"}
    columns = read(text.getvalue().encode(), kinds)
    ids, wholes, numbers, texts = zip(*records, strict=True)
    assert columns.records == len(records)
    assert [str(value) for value in columns["id"].values()] == list(ids)
    assert sorted(columns["id"].ids) == columns["id"].ids.tolist()
    assert columns["whole"].tolist() == list(wholes)
    np.testing.assert_array_equal(columns["number"], np.float32(numbers))
    assert columns["text"].tolist() == list(texts)
