"""Every fault of a delimited file ends in one line that names the file, the row and the remedy."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.errors import UserError

KINDS = {"id": "id", "n": "whole"}
GOOD = b"id,n,x\na,1,\nb,2,\n"


@pytest.fixture
def refused(tmp_path):
    def refused(content, *words, kinds=None, **dialect):
        path = tmp_path / "table.csv"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(UserError) as caught:
            read_columns(path, Dialect(**{"separator": ",", **dialect}), kinds or KINDS)
        message = str(caught.value)
        assert "\n" not in message
        assert message.startswith(f"{path}: ")
        for word in words:
            assert word in message, message

    return refused


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"c,3", ("2 columns where 3 are due", "mend the row")),
        (b"c,3,x,y", ("4 columns where 3 are due", "mend the row")),
        (b"c", ("1 columns where 3 are due", "mend the row")),
        (b",3,", ("column id: '': the id is empty", "fill it in or remove")),
        (b"c,,", ("column n: '': is not a whole number", "mend the row")),
        (b"c,3.0,", ("'3.0': is not a whole number", "mend the row")),
        (b"c,0x1F,", ("'0x1F': is not a whole number", "mend the row")),
        (b"c,+3,", ("'+3': is not a whole number", "mend the row")),
        (b"c,1e3,", ("'1e3': is not a whole number", "mend the row")),
        (b"c,NA,", ("'NA': is not a whole number", "mend the row")),
        (b"c,9223372036854775808,", ("is beyond 64 bits", "mend the row")),
        (b"c," + b"9" * 5000 + b",", ("9...': is beyond 64 bits", "mend the row")),
        (b"\xffc,3,", ("column id: ", "not valid UTF-8", "save the file as UTF-8")),
        (b"c,3,\0", ("holds a NUL byte", "download it again")),
    ],
)
def test_rows(refused, quoted, line, words):
    refused(GOOD + line + b"\nd,4,\n", "row 4: ", *words, quoted=quoted)
    refused(GOOD + line + b"\n", "row 4: ", *words, quoted=quoted)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("number", "nan", ("is not finite", "mend the row")),
        ("number", "-Inf", ("is not finite", "mend the row")),
        ("number", "1e400", ("beyond 32-bit", "mend the row")),
        ("number", "-1e39", ("beyond 32-bit", "mend the row")),
        ("number", "1,5", ("columns where 3 are due", "mend the row")),
        ("number", "1_000", ("is not a number", "mend the row")),
        ("number", "٣", ("is not a number", "mend the row")),
        ("number", "", ("is not a number", "mend the row")),
        ("optional number", "x", ("is not a number", "mend the row")),
        ("count", "-1", ("is negative", "mend the row")),
        ("count", "1.5", ("is not a whole number", "mend the row")),
        ("time", "soon", ("is not a number, as the rows before hold", "the same way")),
        ("time", "2022-10-14", ("is not a number, as the rows before hold", "the same way")),
        ("time", "1e17", ("is not a number, as the rows before hold", "the same way")),
    ],
)
def test_values(refused, kind, value, words):
    content = GOOD + f"c,{value},\n".encode()
    refused(content, "row 4: ", *words, kinds={"id": "id", "n": kind})


def test_a_column_of_dates_holds_dates_alone(refused):
    kinds = {"id": "id", "n": "time"}
    refused(b"id,n\na,x\n", "row 2: ", "neither a number nor a date like", "mend", kinds=kinds)
    refused(b"id,n\na,2022-10-14\nb,5\n", "row 3: ", "is not a date", "same way", kinds=kinds)


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b'id,n,x\na,1,"\n', 2),
        (b'id,n,x\na,1,"', 2),
        (b'id,n,x\n"a,1,x\nb,2,y\n', 2),
        (b'id,n,x\n"a\nb",1,x\nc,2,"y\nd,3,z\n', 4),
        (b'id,n,x\na,1,5" disk\nc,2,"y\n', 3),
    ],
)
def test_a_quote_that_is_never_closed(refused, content, row):
    refused(content, f"row {row}: ", "never closed", "close it", quoted=True)


@pytest.mark.parametrize("quoted", [False, True])
def test_a_blank_line_before_a_record(refused, quoted):
    for lines in (b"\nd,4,\n", b"\n\nd,4,", b"\r\n\r\nd,4,\n\n", b"\nd,?,\n"):
        refused(GOOD + lines, "row 4: ", "the line is blank", "remove it", quoted=quoted)
    refused(GOOD + b" \n", "row 4: ", "1 columns where 3 are due", quoted=quoted)
    refused(GOOD + b"d,?,\n\n\n", "row 4: ", "'?'", quoted=quoted)


def test_rows_are_lines_of_the_file_where_values_hold_line_ends(refused):
    refused(b'id,n,x\n"a\n\nb",1,x\n\nc,2,y\n', "row 5: ", "blank", quoted=True)
    refused(b'id,n,x\r\n"a\r\nb",1,x\r\nc,?,y\r\n', "row 4: ", "'?'", quoted=True)


def test_the_row_is_exact_far_into_a_file_of_several_blocks(refused):
    lines = [b"id,n"] + [b"user%d,%d" % (row % 1000, row) for row in range(700_000)]
    lines[654_321] = b"user,?"
    refused(b"\n".join(lines), "row 654322: ", "column n: '?'")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ("the file is empty", "download it again")),
        (b"id,n\n", ("only a header", "give a file with data")),
        (b"id,n", ("only a header", "give a file with data")),
        (b"\xef\xbb\xbfid,n\r\n", ("only a header", "give a file with data")),
        (b"\xef\xbb\xbf", ("empty but for a byte order mark", "download it again")),
        (b"id,m\na,1\n", ("row 1: there is no column 'n' among id, m", "mend the header")),
        (b"id,n,id\na,1,b\n", ("row 1: the header names column 'id' twice", "rename one")),
        (b"id,n,\xff\na,1,b\n", ("row 1: the header is not valid UTF-8", "save the file")),
        (gzip.compress(GOOD, mtime=0), ("compressed with gzip", "unpack it first")),
        (bz2.compress(GOOD), ("compressed with bzip2", "unpack it first")),
        (lzma.compress(GOOD), ("compressed with xz", "unpack it first")),
        (b"\x28\xb5\x2f\xfd\0\0", ("compressed with zstd", "unpack it first")),
        (b"PAR1" + GOOD, ("Parquet file where text is due", "the ending .parquet")),
        ("id,n\na,1\n".encode("utf-16"), ("UTF-16", "save it as UTF-8")),
        (b"id,n\na," + b"9" * (9 << 20), ("row 2: longer than", "missing line ends")),
    ],
)
def test_whole_files(refused, content, words):
    refused(content, *words)


def test_zip_archives_folders_and_missing_files(refused, tmp_path):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.csv", GOOD)
    refused(archive.getvalue(), "zip archive", "unpack it first")
    path = tmp_path / "table.csv"
    path.unlink()
    refused(None, "no such file", "check the path")
    path.mkdir()
    refused(None, "is a folder where a file is needed")


def test_columns_that_can_all_be_empty_are_not_accepted(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(GOOD)
    with pytest.raises(ValueError, match="blank line"):
        read_columns(path, Dialect(","), {"x": "text"})
