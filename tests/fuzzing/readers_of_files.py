"""Readers of single files: arrays, archives, pickles, tables, lines, pictures."""

import io
import json
import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sp
from PIL import Image

from a2bm2gl_tf.data.features.pictures import open_picture
from a2bm2gl_tf.data.reading.array_archives import load_array_archive
from a2bm2gl_tf.data.reading.arrays import load_array, map_array
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.data.reading.item_lists import read_item_lists
from a2bm2gl_tf.data.reading.json_lines import iterate_json_lines
from a2bm2gl_tf.data.reading.object_arrays import load_user_dictionary, load_user_rows
from a2bm2gl_tf.data.reading.parquet import (
    read_parquet_columns,
    read_parquet_kinds,
    read_parquet_names,
)
from a2bm2gl_tf.data.reading.sparse_pickles import load_sparse_matrix
from a2bm2gl_tf.data.reading.torch_files import load_tensors
from a2bm2gl_tf.errors import UserError
from tests.data.conftest import PtWriter
from tests.fuzzing.campaign import Reader
from tests.fuzzing.case import Files
from tests.fuzzing.invariants import check_columns

_KINDS = {
    "user": "id",
    "item": "id",
    "count": "count",
    "whole": "whole",
    "rating": "number",
    "weight": "optional number",
    "time": "time",
    "title": "text",
}
_ROWS = (
    ("u1", "7", "3", "-5", "4.5", "", "1500000000", "One; two"),
    ("u2", "8", "0", "12", "1e-3", "2.5", "1500000001", "Misérables, Les"),
    ("é", "-9", "11", "0", "-3", "7", "1400000000", ""),
)


def npy(values: Any, allow_pickle: bool = False) -> bytes:
    """The bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, values, allow_pickle=allow_pickle)
    return file.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    """The bytes of a .npz file."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def objects(rows: list) -> bytes:
    """The bytes of a .npy file of an array of lists."""
    array = np.empty(len(rows), object)
    array[:] = rows
    return npy(array, allow_pickle=True)


def dictionary(entries: dict) -> bytes:
    """The bytes of a .npy file of an array of one dictionary."""
    return npy(np.array(entries, object), allow_pickle=True)


def parquet(**columns: Any) -> bytes:
    """The bytes of a Parquet file."""
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def torch_file(values: np.ndarray, how: str = "archive") -> bytes:
    """The bytes of a .pt file of one tensor."""
    with tempfile.NamedTemporaryFile() as file:
        write = getattr(PtWriter, how)
        write(Path(file.name), PtWriter.tensor(values), {"0": values})
        return Path(file.name).read_bytes()


def picture(form: str, **options: Any) -> bytes:
    """The bytes of a small picture."""
    file = io.BytesIO()
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (9, 7, 3), np.uint8)
    Image.fromarray(pixels).save(file, form, **options)
    return file.getvalue()


def _only(name: str, *contents: bytes) -> list[Files]:
    return [{name: content} for content in contents]


def _arrays() -> list[Files]:
    rng = np.random.default_rng(0)
    return _only(
        "a.npy",
        npy(rng.normal(size=(3, 4)).astype(np.float32)),
        npy(np.asfortranarray(rng.integers(0, 9, (4, 3)))),
        npy(np.array(["ab", "c"])),
        npy(np.array([True, False])),
    )


def _read_array(folder: Path) -> np.ndarray:
    values = load_array(folder / "a.npy")
    mapped = map_array(folder / "a.npy")
    assert values.dtype.kind == mapped.dtype.kind
    assert values.shape == mapped.shape
    assert not values.dtype.hasobject
    return values


def _archives() -> list[Files]:
    file = io.BytesIO()
    np.savez_compressed(file, features=np.zeros((50, 4), np.float32), ids=np.arange(50))
    return _only("a.npz", npz(features=np.ones((3, 2)), mask=np.ones(3, bool)), file.getvalue())


def _sparse() -> list[Files]:
    matrix = sp.random(5, 7, 0.4, random_state=np.random.default_rng(0))
    stored = (
        *(matrix.tocsr(), matrix.tocsc(), matrix.tocoo(), sp.csr_array(matrix)),
        matrix.astype(np.float32).tocsr(),
    )
    return _only(
        "m.pkl", *(pickle.dumps(value, protocol) for value in stored for protocol in (2, 4, 5))
    )


def _read_sparse(folder: Path) -> sp.coo_matrix:
    matrix = load_sparse_matrix(folder / "m.pkl")
    assert np.isfinite(matrix.data).all()
    if matrix.nnz:
        assert matrix.row.min() >= 0
        assert matrix.row.max() < matrix.shape[0]
        assert matrix.col.min() >= 0
        assert matrix.col.max() < matrix.shape[1]
    return matrix


def _tensors() -> list[Files]:
    rng = np.random.default_rng(0)
    files = [
        torch_file(rng.normal(size=(3, 2)).astype(np.float32)),
        torch_file(np.arange(12).reshape(4, 3)),
        torch_file(np.ones((2, 2), np.float16), "stream"),
    ]
    with tempfile.NamedTemporaryFile() as file:
        features, mask = np.ones((2, 3), np.float32), np.ones(2, bool)
        opcodes = PtWriter.dictionary(
            features=PtWriter.tensor(features, key="0"), mask=PtWriter.tensor(mask, key="1")
        )
        for write in (PtWriter.archive, PtWriter.stream):
            write(Path(file.name), opcodes, {"0": features, "1": mask})
            files.append(Path(file.name).read_bytes())
    return _only("t.pt", *files)


def _read_tensors(folder: Path) -> Any:
    found = load_tensors(folder / "t.pt")
    for value in found.values() if isinstance(found, dict) else [found]:
        assert isinstance(value, np.ndarray)
        assert value.flags.owndata or value.base is not None
    return found


def _lists() -> list[Files]:
    return _only("l.txt", b"3 10 11\n1\n0 11\n", b"0\t1\t2\r\n1\t5\r\n", b"7 999999999999 3")


def _read_lists(folder: Path) -> Any:
    lists = read_item_lists(folder / "l.txt")
    assert lists.lengths.sum() == len(lists.items)
    assert len(lists.lengths) == len(lists.users)
    assert (lists.users >= 0).all()
    assert (lists.items >= 0).all()
    return lists


def _object_rows() -> list[Files]:
    return _only(
        "r.npy",
        objects([[0, 1], [1], [2, 1, 0]]),
        objects([(0, np.int64(7)), {5}, np.array([2, 3])]),
        npy(np.array([[0, 1], [1, 2]])),
    )


def _dictionaries() -> list[Files]:
    return _only(
        "d.npy",
        dictionary({0: [1, 2], 1: {3}, np.int64(2): [np.int32(4)]}),
        dictionary({0: np.array([1, 2]), 5: ()}),
    )


def _delimited(separator: str, quoted: bool) -> list[Files]:
    def row(values: tuple[str, ...]) -> str:
        marked = [f'"{v}"' if quoted and ("," in v or ";" in v) else v for v in values]
        return separator.join(marked)

    text = "\n".join(row(values) for values in (tuple(_KINDS), *_ROWS)) + "\n"
    return _only("t.txt", text.encode(), text.replace("\n", "\r\n").encode("utf-8-sig"))


def _delimited_reader(name: str, separator: str, quoted: bool) -> Reader:
    dialect = Dialect(separator, quoted=quoted)

    def read(folder: Path) -> Any:
        return check_columns(read_columns(folder / "t.txt", dialect, _KINDS))

    return Reader(name, lambda: _delimited(separator, quoted), read)


def _latin_reader() -> Reader:
    kinds = {"user": "id", "title": "text"}
    dialect = Dialect("|", ("user", "title"), encoding="latin-1")
    return Reader(
        "delimited_latin1",
        lambda: _only("t.txt", "1|Misérables, Les\n2|\n".encode("latin-1")),
        lambda folder: check_columns(read_columns(folder / "t.txt", dialect, kinds)),
    )


def _parquets() -> list[Files]:
    columns = {
        "user": ["a", "b", "a"],
        "item": [7, 8, 9],
        "count": [0, 1, 2],
        "whole": [-1, 0, 5],
        "rating": [0.5, 1.0, 2.0],
        "weight": [None, 1.5, 2.5],
        "time": pa.array([1_000, 2_000, 3_000], pa.timestamp("ms")),
        "title": ["x", None, "é"],
        "vector": [[1.0, 2.0], [3.0, 4.0], None],
        "labels": [["a"], [], ["b", "c"]],
    }
    coded = {**columns, "user": pa.array(["a", "b", "a"]).dictionary_encode()}
    return _only("t.parquet", parquet(**columns), parquet(**coded))


def _read_parquet(folder: Path) -> Any:
    path = folder / "t.parquet"
    assert set(read_parquet_kinds(path)) == set(read_parquet_names(path))
    lists = {"vector": "number list", "labels": "text list"}
    return check_columns(read_parquet_columns(path, {**_KINDS, **lists}))


def _json_lines() -> list[Files]:
    lines = ({"item_id": 1, "v": [1.0, 2e-3], "t": {"1": 2}}, {"item_id": 2, "v": [], "t": {}})
    return _only("l.json", "".join(json.dumps(line) + "\n" for line in lines).encode())


def _pictures() -> list[Files]:
    forms = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
    made = [picture(form) for form in forms] + [picture("TIFF", compression="tiff_lzw")]
    return _only("p.jpg", *made)


def _read_picture(folder: Path) -> Any:
    image = open_picture(folder / "p.jpg", (8, 8))
    assert image.mode == "RGB"
    assert image.size == (8, 8)
    return image


def _never_fails(folder: Path) -> str:
    try:
        return first_line(folder / "t.txt")
    except UserError as error:
        raise AssertionError from error


def readers_of_files() -> list[Reader]:
    """All of them."""
    return [
        Reader("array", _arrays, _read_array),
        Reader("array_archive", _archives, lambda folder: load_array_archive(folder / "a.npz")),
        Reader("object_rows", _object_rows, lambda folder: load_user_rows(folder / "r.npy")),
        Reader(
            "object_dictionary",
            _dictionaries,
            lambda folder: load_user_dictionary(folder / "d.npy"),
        ),
        Reader("sparse_pickle", _sparse, _read_sparse),
        Reader("torch_file", _tensors, _read_tensors),
        Reader("parquet", _parquets, _read_parquet),
        _delimited_reader("delimited_csv", ",", True),
        _delimited_reader("delimited_tsv", "\t", False),
        _delimited_reader("delimited_colons", "::", False),
        _latin_reader(),
        Reader(
            "json_lines", _json_lines, lambda folder: list(iterate_json_lines(folder / "l.json"))
        ),
        Reader("item_lists", _lists, _read_lists),
        Reader("first_line", lambda: _delimited(",", True), _never_fails),
        Reader("picture", _pictures, _read_picture),
    ]
