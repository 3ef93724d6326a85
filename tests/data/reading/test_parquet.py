import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from a2bm2gl_tf.data.reading.parquet import read_parquet_columns, read_parquet_kinds
from a2bm2gl_tf.errors import UserError


@pytest.fixture
def store(tmp_path):
    def store(columns, **options):
        path = tmp_path / "table.parquet"
        pq.write_table(pa.table(columns), path, **options)
        return path

    return store


def test_columns_of_several_row_groups(store):
    count = 150_000
    words = pa.array([f"w{i % 3}" for i in range(count)]).dictionary_encode()
    path = store(
        {"id": [i % 7 for i in range(count)], "word": words, "n": list(range(count))},
        row_group_size=40_000,
    )
    columns = read_parquet_columns(path, {"id": "id", "word": "id", "n": "whole"})
    assert columns.records == count
    np.testing.assert_array_equal(columns["id"].values(), np.arange(count) % 7)
    assert columns["id"].ids.dtype == np.int64
    assert columns["word"].ids.tolist() == ["w0", "w1", "w2"]
    np.testing.assert_array_equal(columns["word"].codes, np.arange(count) % 3)
    np.testing.assert_array_equal(columns["n"], np.arange(count))
    assert columns.row(3) == 4


def test_a_dictionary_entry_that_no_record_has_is_no_id(store):
    words = pa.DictionaryArray.from_arrays(pa.array([2, 0], pa.int32()), ["a", "unused", "c"])
    columns = read_parquet_columns(store({"id": words}), {"id": "id"})
    assert columns["id"].ids.tolist() == ["a", "c"]
    assert columns["id"].codes.tolist() == [1, 0]


def test_types_that_numbers_times_and_text_may_be_stored_in(store):
    path = store(
        {
            "decimal": pa.array([1, 2], pa.decimal128(5, 2)),
            "half": pa.array([0.5, 2], pa.float32()),
            "words": pa.array(["x", None], pa.large_string()),
            "maybe": pa.array([None, 3.0]),
            "day": [datetime.date(1970, 1, 2), datetime.date(1970, 1, 1)],
            "seconds": pa.array([1.5, 2.0]),
            "big": pa.array([2**63, 1], pa.uint64()),
        }
    )
    kinds = {"decimal": "number", "half": "number", "words": "text", "maybe": "optional number"}
    columns = read_parquet_columns(path, kinds | {"day": "time", "seconds": "time", "big": "id"})
    assert columns["decimal"].tolist() == [1, 2]
    assert columns["half"].tolist() == [0.5, 2]
    assert columns["words"].tolist() == ["x", ""]
    assert np.isnan(columns["maybe"][0])
    assert columns["maybe"][1] == 3
    assert columns["day"].tolist() == [86_400_000_000, 0]
    assert columns["seconds"].tolist() == [1_500_000, 2_000_000]
    assert columns["big"].values().tolist() == [str(2**63), "1"]


@pytest.mark.parametrize(
    "stored",
    [pa.list_(pa.float32()), pa.large_list(pa.float64()), pa.list_(pa.float32(), 2)],
)
def test_lists_of_numbers(store, stored):
    path = store({"v": pa.array([[1.5, None], None, [3.0, -4.0]], stored)})
    assert read_parquet_kinds(path) == {"v": "number list"}
    first, second, third = read_parquet_columns(path, {"v": "number list"})["v"]
    np.testing.assert_array_equal(first, [1.5, np.nan])
    assert len(second) == 0
    assert third.tolist() == [3, -4]


@pytest.mark.parametrize("entry", [pa.string(), pa.large_string()])
def test_lists_of_texts(store, entry):
    path = store({"g": pa.array([["b", "a"], None, [], [None, "c"]], pa.list_(entry))})
    assert read_parquet_kinds(path) == {"g": "text list"}
    found = read_parquet_columns(path, {"g": "text list"})["g"]
    assert found.tolist() == [["b", "a"], [], [], ["c"]]


def test_what_columns_are_stored_as(store):
    path = store(
        {
            "x": pa.array([1], pa.int8()),
            "d": pa.array([1], pa.decimal128(3, 1)),
            "w": pa.array(["a"]).dictionary_encode(),
            "i": pa.array([[1]]),
            "b": [True],
            "n": pa.array([[["a"]]]),
        }
    )
    stored = {"x": "number", "d": "number", "w": "text", "i": "whole list"}
    assert read_parquet_kinds(path) == stored | {"b": "other", "n": "other"}
    assert read_parquet_columns(path, {"i": "text list"})["i"].tolist() == [["1"]]


@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        (pa.array(["a", None]), "id", "row 2: column c: None: is missing; fill it in"),
        (pa.array(["a", ""]), "id", "row 2: column c: '': the id is empty; fill it in"),
        (pa.array([1.0, 2.0]), "id", "column c holds double; read as id"),
        (pa.array([[1], [2]]), "text", "column c holds list; read as text"),
        (pa.array([["a"], ["b"]]), "number list", "column c holds list; read as number list"),
        (pa.array([[1.5], [2.5]]), "text list", "column c holds list; read as text list"),
        (pa.array([True, False]), "number", "column c holds bool; read as number"),
        (pa.array([1.0, 2.0]), "whole", "column c holds double; read as whole"),
        (pa.array([1, None]), "whole", "row 2: column c: None: is missing; fill it in"),
        (pa.array([1, -2]), "count", "row 2: column c: -2: is negative; mend"),
        (pa.array(["1", "x"]), "whole", "row 2: column c: 'x': is not a whole number; mend"),
        (pa.array([1, 2**63], pa.uint64()), "whole", "row 2: beyond 64 bits; mend"),
        (pa.array([1.0, np.nan]), "number", "row 2: column c: nan: is not finite; mend"),
        (pa.array([1.0, 1e39]), "number", "row 2: column c: 1e+39: is beyond 32-bit; mend"),
        (pa.array(["5", "soon"]), "time", "row 2: column c: 'soon': is not a number; same way"),
    ],
)
def test_a_bad_value_is_named(store, values, kind, words):
    path = store({"c": values})
    with pytest.raises(UserError) as caught:
        read_parquet_columns(path, {"c": kind})
    for word in ("table.parquet: ", *words.split("; ")):
        for part in word.split(": ") if word.startswith("row") else [word]:
            assert part in str(caught.value), str(caught.value)


@pytest.mark.parametrize("kind", ["id", "text"])
@pytest.mark.parametrize("coded", [True, False])
def test_text_that_is_not_utf_8(store, kind, coded):
    words = pa.array([b"one", b"\xfft\xe9o", b"one"]).cast(pa.binary())
    words = pa.Array.from_buffers(pa.string(), 3, words.buffers())
    path = store({"word": words}, use_dictionary=coded)
    with pytest.raises(UserError, match="column word: damaged, or text that is not UTF-8"):
        read_parquet_columns(path, {"word": kind})


def test_the_row_counts_all_batches(store):
    values = list(range(140_000))
    values[131_073] = -1
    with pytest.raises(UserError, match=r"row 131074: column n: -1: is negative"):
        read_parquet_columns(store({"n": values}), {"n": "count"})


def test_damaged_files(store, tmp_path):
    path = store({"c": ["a"] * 1000})
    with pytest.raises(UserError, match="there is no column 'd' among c"):
        read_parquet_columns(path, {"d": "id"})
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"user,item\n1,2\n"):
        path.write_bytes(content)
        with pytest.raises(UserError, match="truncated or not a Parquet file") as caught:
            read_parquet_columns(path, {"c": "id"})
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="holds no record"):
        read_parquet_columns(store({"c": pa.array([], pa.string())}), {"c": "id"})
    twice = pa.table([["a"], ["b"]], names=["c", "c"])
    pq.write_table(twice, path)
    with pytest.raises(UserError, match="has column 'c' twice; rename one"):
        read_parquet_columns(path, {"c": "id"})
