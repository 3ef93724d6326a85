"""Small files that claim, name or repeat without end: refused with one line, in little memory."""

import io
import pickle
import tracemalloc
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.formats.content_files import read_content
from a2bm2gl_tf.data.reading import parquet
from a2bm2gl_tf.data.reading.array_archives import load_array_archive
from a2bm2gl_tf.data.reading.arrays import load_array
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.json_lines import iterate_json_lines
from a2bm2gl_tf.data.reading.sparse_pickles import load_sparse_matrix
from a2bm2gl_tf.data.reading.torch_files import load_tensors

_MIB = 1 << 20


@pytest.fixture
def refused(complaint):
    """Reads, and gives the line; it took little memory."""

    def refused(read, *arguments, most=64 * _MIB):
        tracemalloc.start()
        said = complaint(read, *arguments)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < most
        return said

    return refused


def test_a_thousand_million_rows_in_a_header(tmp_path, refused):
    header = io.BytesIO()
    fields = {"descr": "<f4", "fortran_order": False, "shape": (10**9, 64)}
    np.lib.format.write_array_header_1_0(header, fields)
    content = header.getvalue() + b"\0" * 64
    (tmp_path / "a.npy").write_bytes(content)
    assert "truncated or not a .npy file" in refused(load_array, tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("features.npy", content)
    assert "claims float32 of shape (1000000000, 64), but 64 bytes follow" in refused(
        load_array_archive, tmp_path / "a.npz"
    )


def test_bytes_behind_an_array_are_no_part_of_it(tmp_path, complaint):
    np.save(tmp_path / "a.npy", np.ones((3, 2)))
    whole = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(whole.replace(b"(3, 2)", b"(2, 2)"))
    assert "a.npy: 16 bytes follow the array" in complaint(load_array, tmp_path / "a.npy")


def test_archives_in_archives_are_not_opened(tmp_path, refused):
    inner = io.BytesIO()
    np.savez_compressed(inner, x=np.zeros(50_000_000, np.uint8))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("inner.npz", inner.getvalue())
    assert "holds 'inner.npz', which is no array" in refused(load_array_archive, tmp_path / "a.npz")


def test_members_and_columns_are_compared_in_time_that_grows_with_their_number(tmp_path, refused):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}.npy", b"")
        archive.writestr("last", b"")
    assert "holds 'last'" in refused(load_array_archive, tmp_path / "a.npz")
    names = ",".join(f"c{number}" for number in range(200_000))
    (tmp_path / "a.csv").write_text(f"{names}\n1\n")
    said = refused(read_columns, tmp_path / "a.csv", Dialect(","), {"c0": "id"})
    assert "row 1: 200000 columns, more than 65536" in said


def test_one_line_without_an_end(tmp_path, refused):
    (tmp_path / "a.csv").write_bytes(b"user,item\n" + b"x" * 12_000_000)
    said = refused(read_columns, tmp_path / "a.csv", Dialect(","), {"user": "id", "item": "id"})
    assert "row 2: longer than 4194304 characters" in said
    (tmp_path / "a.json").write_bytes(b'{"a":' + b"[" * 1_000_000)
    assert "row 1: not JSON" in refused(list, iterate_json_lines(tmp_path / "a.json"))


@pytest.fixture
def bomb(tmp_path, monkeypatch):
    """Parquet of equal rows, with bounds to suit a test."""
    monkeypatch.setattr(parquet, "_SMALL", 1000)
    monkeypatch.setattr(parquet, "_MOST_TEXT", 1000)

    def write(user, rows):
        words = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), [user])
        table = pa.table({"user": words, "item": pa.array(np.zeros(rows, np.int64))})
        pq.write_table(table, tmp_path / "a.parquet", compression="zstd")
        return tmp_path / "a.parquet"

    return write


@pytest.mark.parametrize("kind", ["id", "text", "number"])
def test_parquet_that_says_the_same_without_end(bomb, refused, kind):
    kinds = {"user": kind, "item": "id"}
    said = refused(parquet.read_parquet_columns, bomb("7", 2_000_000), kinds)
    assert "claims 2000000 rows, too many for a file of" in said
    said = refused(parquet.read_parquet_columns, bomb("7" * 100, 20), kinds)
    assert "column user: more than 1000 bytes of text in 20 rows" in said
    assert not refused(parquet.read_parquet_columns, bomb("7", 900), kinds)


def test_a_column_whose_name_is_no_text(tmp_path, complaint):
    pq.write_table(pa.table({"rating": [1.0]}), tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(content.replace(b"rating", b"\xff\xfeting"))
    said = complaint(parquet.read_parquet_names, tmp_path / "a.parquet")
    assert "truncated or not a Parquet file" in said


def test_a_matrix_of_one_entry_with_a_hundred_million_rows(tmp_path, refused):
    matrix = sp.coo_matrix((np.ones(1), ([0], [0])), shape=(10**8, 10**8))
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(matrix))
    said = refused(load_sparse_matrix, tmp_path / "m.pkl")
    assert "its shape is (100000000, 100000000), of no matrix in a file of this size" in said


def test_tuples_that_double_sixty_times_are_neither_hashed_nor_printed(tmp_path, refused):
    # A dtype whose name is ((..., ...), (..., ...)): 2^60 leaves of 60 opcodes.
    doubled = b"K\x01\x85" + b"2\x86" * 60
    array = b"cnumpy._core.multiarray\n_reconstruct\n)R(K\x01K\x02\x85cnumpy\ndtype\n(" + doubled
    array += b"tR\x89C\x02abtb"
    state = b"}(X\x06\x00\x00\x00_shapeK\x02K\x02\x86X\x04\x00\x00\x00data" + array + b"u"
    content = b"\x80\x04cscipy.sparse._csr\ncsr_matrix\n)\x81" + state + b"b."
    (tmp_path / "m.pkl").write_bytes(content)
    assert "a dtype has no name" in refused(load_sparse_matrix, tmp_path / "m.pkl")


def test_numbers_that_no_integer_of_numpy_holds(tmp_path, pt, complaint):
    values = np.ones((2, 2), np.float32)
    huge = b"]" + pickle.dumps(10**20, 2)[2:-1] + b"a"
    opcodes = pt.dictionary(features=pt.tensor(values), ids=huge)
    path = pt.archive(tmp_path / "a.pt", opcodes, {"0": values})
    assert "no tensor and no dictionary of tensors" in complaint(load_tensors, path)
    # Python prints no number of so many digits.
    opcodes = b"}" + pickle.dumps(10**5000, 2)[2:-1] + pt.tensor(values) + b"s"
    path = pt.archive(tmp_path / "a.pt", opcodes, {"0": values})

    def read():
        read_content("m", path, catalogue=np.arange(2))

    assert "a.pt: holds int; name the arrays" in complaint(read)
