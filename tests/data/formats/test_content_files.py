"""One file a modality, keyed by item id: what it becomes, and every way to get it wrong."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a2bm2gl_tf.data.features.content import Categories, Images, Texts, Vectors
from a2bm2gl_tf.data.features.image_folder import read_image_folder
from a2bm2gl_tf.data.features.vector_folder import read_vector_folder
from a2bm2gl_tf.data.formats.content_files import read_content
from a2bm2gl_tf.errors import UserError

NUMBERS = np.array([10, 20, 30])
NAMES = np.array(["a", "b", "c"], object)
ROWS = np.array([[1.0, 2.0], [0.0, 0.0], [5.0, 6.0]])


@pytest.fixture
def refused(complaint):
    def refused(path, *words, catalogue=NUMBERS, **keywords):
        message = complaint(read_content, "sound", path, catalogue=catalogue, **keywords)
        for word in words:
            assert word in message, message or "it was read"

    return refused


def check(content, ids, rows, zeros_present=None):
    assert type(content) is Vectors
    assert content.name == "sound"
    assert zeros_present is None or content.zeros_present == zeros_present
    assert content.item_ids.tolist() == ids
    assert content.rows.dtype == np.float32
    np.testing.assert_array_equal(content.rows, np.float32(rows))


def test_npy_in_the_order_of_the_catalogue(tmp_path):
    np.save(tmp_path / "s.npy", ROWS)
    content = read_content("sound", tmp_path / "s.npy", catalogue=NAMES)
    check(content, ["a", "c"], ROWS[[0, 2]], zeros_present=False)
    assert content.source == tmp_path / "s.npy"


@pytest.mark.parametrize("ids", ["s_feat_64_ids.npy", "s_ids.npy"])
def test_npy_with_ids_and_a_mask_beside_it(tmp_path, ids):
    np.save(tmp_path / "s_feat_64.npy", ROWS)
    np.save(tmp_path / ids, np.array([30, 99, 10], np.int32))
    content = read_content("sound", tmp_path / "s_feat_64.npy", catalogue=NUMBERS)
    check(content, [30, 99, 10], ROWS, zeros_present=True)
    assert content.item_ids.dtype == np.int64
    np.save(tmp_path / "s_mask.npy", np.array([False, True, True]))
    content = read_content("sound", tmp_path / "s_feat_64.npy", catalogue=NUMBERS)
    check(content, [99, 10], ROWS[1:], zeros_present=True)


def test_ids_take_the_kind_of_the_catalogue(tmp_path):
    np.savez(tmp_path / "s.npz", ids=np.array([3, 1]), features=ROWS[:2] + 1)
    content = read_content("sound", tmp_path / "s.npz", catalogue=NAMES)
    check(content, ["3", "1"], ROWS[:2] + 1)
    assert content.item_ids.dtype == object
    np.savez(tmp_path / "s.npz", ids=np.array(["30", "-1"]), features=ROWS[:2] + 1)
    content = read_content("sound", tmp_path / "s.npz", catalogue=NUMBERS)
    check(content, [30, -1], ROWS[:2] + 1)
    assert content.item_ids.dtype == np.int64


def test_npz_with_a_mask(tmp_path):
    np.savez_compressed(tmp_path / "s.npz", ids=NAMES.astype("U"), features=ROWS, mask=[1 > 0] * 3)
    check(read_content("sound", tmp_path / "s.npz", catalogue=NAMES), ["a", "b", "c"], ROWS)


def test_npz_with_one_array_without_a_name(tmp_path, refused):
    np.savez(tmp_path / "s.npz", ROWS)
    check(read_content("sound", tmp_path / "s.npz", catalogue=NUMBERS), [10, 30], ROWS[[0, 2]])
    np.savez(tmp_path / "s.npz", ROWS, NUMBERS)
    refused(tmp_path / "s.npz", "s.npz: holds arr_0, arr_1; name the arrays")


def test_item_ids_is_another_name_of_ids(tmp_path, pt, refused):
    ids, rows = np.array([30, 99]), ROWS[[0, 2]]
    np.savez(tmp_path / "s.npz", features=rows, item_ids=ids)
    check(read_content("sound", tmp_path / "s.npz", catalogue=NUMBERS), [30, 99], rows)
    opcodes = pt.dictionary(item_ids=pt.tensor(ids, key="i"), features=pt.tensor(rows, key="f"))
    path = pt.archive(tmp_path / "s.pt", opcodes, {"i": ids, "f": rows})
    check(read_content("sound", path, catalogue=NUMBERS), [30, 99], rows)
    np.savez(tmp_path / "s.npz", features=rows, item_ids=ids, ids=ids)
    refused(tmp_path / "s.npz", "s.npz: holds features, item_ids, ids; name the arrays")


def test_tensors(tmp_path, pt):
    ids = np.array([20, 30, 10])
    opcodes = pt.dictionary(ids=pt.tensor(ids, key="i"), features=pt.tensor(ROWS, key="f"))
    path = pt.archive(tmp_path / "s.pt", opcodes, {"i": ids, "f": ROWS})
    check(read_content("sound", path, catalogue=NUMBERS), [20, 30, 10], ROWS)
    path = pt.stream(tmp_path / "t.pth", pt.tensor(ROWS), {"0": ROWS})
    check(read_content("sound", path, catalogue=NUMBERS), [10, 30], ROWS[[0, 2]])


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_tables_of_numbers(tmp_path, ending):
    table = pd.DataFrame({"x": [1.5, 0.0, 3.0], "video_id": [20, 30, 77], "y": [2, 0, -4]})
    path = tmp_path / f"s.{ending}"
    if ending == "parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, sep="," if ending == "csv" else "\t", index=False)
    content = read_content("sound", path, catalogue=NUMBERS)
    check(content, [20, 30, 77], [[1.5, 2], [0, 0], [3, -4]], zeros_present=True)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_column_of_text(tmp_path, ending):
    table = pd.DataFrame({"id": ["b", "a", "c"], "title": ["Two, 2", " ", "Ünï\ncode"]})
    path = tmp_path / f"s.{ending}"
    table.to_parquet(path) if ending == "parquet" else table.to_csv(path, index=False)
    content = read_content("sound", path, catalogue=NAMES)
    assert type(content) is Texts
    assert content.item_ids.tolist() == ["b", "c"]
    assert content.texts == ("Two, 2", "Ünï\ncode")


def test_texts_that_look_like_numbers(tmp_path, refused):
    (tmp_path / "s.csv").write_text("item,title\n10,1984\n20,Emma\n")
    refused(tmp_path / "s.csv", "s.csv: column title", "--content_kind=sound=texts")
    content = read_content("sound", tmp_path / "s.csv", "texts", catalogue=NUMBERS)
    assert content.texts == ("1984", "Emma")
    (tmp_path / "s.csv").write_text("item,title\n10,1984\n20,Emma\n30,Ulysses\n")
    content = read_content("sound", tmp_path / "s.csv", catalogue=NUMBERS)
    assert content.texts == ("1984", "Emma", "Ulysses")


def test_categories(tmp_path):
    (tmp_path / "s.csv").write_text("item,genre\n30,Drama| Comedy|Drama\n20,\n10,Comedy\n")
    content = read_content("sound", tmp_path / "s.csv", kind="categories", catalogue=NUMBERS)
    assert type(content) is Categories
    assert content.item_ids.tolist() == [30, 10]
    assert content.labels == ("sound=Comedy", "sound=Drama")
    assert content.flags.toarray().tolist() == [[1, 1], [1, 0]]


def test_categories_of_several_columns_are_told_apart(tmp_path):
    (tmp_path / "s.csv").write_text("item,city,author\n10,1,1\n20,,2|1\n")
    content = read_content("sound", tmp_path / "s.csv", kind="categories", catalogue=NUMBERS)
    assert content.labels == ("sound=author=1", "sound=author=2", "sound=city=1")
    assert content.flags.toarray().tolist() == [[1, 0, 1], [1, 1, 0]]


def test_the_column_of_ids_may_be_named(tmp_path, refused):
    (tmp_path / "s.csv").write_text("key,x,y\n10,1,2\n")
    refused(tmp_path / "s.csv", "s.csv: row 1: cannot tell which", "--content_id_column=sound=")
    refused(tmp_path / "s.csv", "--content_id_column=sound=k", "key, x, y", id_column="k")
    content = read_content("sound", tmp_path / "s.csv", id_column="key", catalogue=NUMBERS)
    check(content, [10], [[1, 2]])


def test_folders(tmp_path):
    folder = tmp_path / "covers"
    folder.mkdir()
    for name in ("30.jpg", "10.jpeg", "99.png", "notes.txt"):
        (folder / name).write_bytes(b"x")
    content = read_content("sound", folder, catalogue=NUMBERS)
    assert type(content) is Images
    # Item 99 is not in the interactions; what becomes of it is decided when contents are aligned.
    assert content.item_ids.tolist() == [10, 30, 99]
    assert content.item_ids.dtype == np.int64
    assert [path.name for path in content.paths] == ["10.jpeg", "30.jpg", "99.png"]
    with (folder / "20.npy").open("wb") as file:
        np.save(file, np.array([[1.0, 2.0]]))
    check(read_content("sound", folder, catalogue=NUMBERS), [20], [[1, 2]])
    np.save(folder / "5.npy", np.array([5.0, 6.0]))
    check(read_content("sound", folder, catalogue=NUMBERS), [20, 5], [[1, 2], [5, 6]])
    content = read_content("sound", folder, kind="images", catalogue=NUMBERS)
    assert content.item_ids.tolist() == [10, 30, 99]


def test_ids_of_content_that_are_not_what_the_user_means(tmp_path):
    text = np.array(["1.5", "a"], object)
    for ids, words in (
        (["a", " b"], "3: column of ids: ' b' begins"),
        (["1.0", "2.0"], "2: .*'1.0'"),
    ):
        (tmp_path / "s.csv").write_text("item,x\n" + "".join(f"{one},1\n" for one in ids))
        with pytest.raises(UserError, match=f"s.csv: row {words}"):
            read_content("sound", tmp_path / "s.csv", catalogue=text)


def test_names_of_files_that_are_no_ids(tmp_path):
    np.save(tmp_path / "a.npy", np.array([1.0]))
    for name in (".a.npy", "read.me", "b.png", "LICENCE.txt"):
        (tmp_path / name).write_bytes(b"x")
    text = np.array(["a", "z.1"], object)
    content, others = read_vector_folder("v", tmp_path, text)
    assert (content.item_ids.tolist(), others) == (["a"], 4)
    np.save(tmp_path / "stranger.npy", np.array([2.0]))
    with (tmp_path / "z.1").open("wb") as file:
        np.save(file, np.array([3.0]))
    content, others = read_vector_folder("v", tmp_path, text)
    assert content.item_ids.tolist() == ["a", "z.1", "stranger"]
    assert content.item_ids.dtype == object
    assert content.rows.ravel().tolist() == [1, 3, 2]
    content, others = read_vector_folder("v", tmp_path, text, np.array(["stranger"], object))
    assert (content.item_ids.tolist(), others) == (["a", "z.1"], 5)
    numbers = np.array([7, 2**63 - 1])
    for name in (
        "7.jpg",
        f"{2**63 - 1}.jpg",
        f"{2**63}.jpg",
        "07.jpg",
        "-0.jpg",
        "+8.jpg",
        "9" * 30 + ".jpg",
        "logo.jpg",
        "-3.jpg",
    ):
        (tmp_path / name).write_bytes(b"x")
    assert read_image_folder("i", tmp_path, numbers).item_ids.tolist() == [7, 2**63 - 1, -3]
    (tmp_path / "-3.png").write_bytes(b"x")
    with pytest.raises(UserError, match=r"-3.png: -3.jpg holds the same item; keep one"):
        read_image_folder("i", tmp_path, numbers)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"s": np.ones((4, 2))}, ("s.npy: has 4 rows for 3 items", "give one row an item")),
        ({"s": np.ones(3)}, ("s.npy: holds float64 of shape (3,)", "one row an item")),
        ({"s": np.ones((3, 2)) * 1j}, ("s.npy: holds complex128",)),
        ({"s": np.full((3, 1), "x")}, ("s.npy: holds <U1",)),
        ({"s": np.ones((0, 2))}, ("s.npy: holds float64 of shape (0, 2)",)),
        ({"s": np.array([[1.0], [np.nan], [2.0]])}, ("s.npy: row 2 holds NaN", "mend it")),
        ({"s": np.array([[1.0], [2.0], [np.inf]])}, ("s.npy: row 3 holds NaN, an infinity",)),
        ({"s": np.zeros((3, 2))}, ("s.npy: no item has modality sound", "leave the file out")),
        ({"s": ROWS, "s_ids": np.array([1, 2, 1])}, ("s_ids.npy: row 3: item 1 was in", "keep")),
        ({"s": ROWS, "s_ids": np.array([1, 2])}, ("s.npy: has 3 rows for 2 items",)),
        ({"s": ROWS, "s_ids": np.array([1.0, 2, 3])}, ("s_ids.npy: holds ids as float64",)),
        ({"s": ROWS, "s_ids": np.ones((3, 1), int)}, ("s_ids.npy: holds ids as int64 of shape",)),
        (
            {"s": ROWS, "s_ids": np.array(["1", "x", "2"])},
            ("s_ids.npy: row 2: item 'x'", "same ids"),
        ),
        ({"s": ROWS, "s_ids": np.array(["1", "02", "2"])}, ("s_ids.npy: row 2: item '02'",)),
        ({"s": ROWS, "s_ids": np.array(["1", "9" * 30, "2"])}, ("s_ids.npy: row 2: item '999",)),
        ({"s": ROWS, "s_ids": np.uint64([1, 2**63, 2])}, ("s_ids.npy: row 2: the id is beyond",)),
        ({"s": ROWS, "s_mask": np.ones(3)}, ("s_mask.npy: holds float64; give booleans",)),
        ({"s": ROWS, "s_mask": np.ones(2, bool)}, ("s_mask.npy: has shape (2,)",)),
        ({"s": ROWS * 0, "s_mask": np.ones(3, bool)}, ("s.npy: no item has modality sound",)),
        ({"s": ROWS * 0, "s_ids": NUMBERS}, ("s.npy: no item has modality sound",)),
        ({"s": ROWS, "s_mask": np.zeros(3, bool)}, ("s_mask.npy: no item has modality sound",)),
    ],
)
def test_faults_of_arrays(tmp_path, refused, arrays, words):
    for name, values in arrays.items():
        np.save(tmp_path / f"{name}.npy", values)
    refused(tmp_path / "s.npy", *words)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": ROWS}, ('s.npz: holds x; name the arrays "features"',)),
        ({"ids": NUMBERS}, ("s.npz: holds ids; name the arrays",)),
        ({"features": ROWS, "more": ROWS}, ("s.npz: holds features, more;",)),
        ({}, ("s.npz: holds nothing",)),
        ({"features": ROWS, "ids": [1, 2, 2]}, ("s.npz: row 3: item 2 was in an earlier row",)),
        ({"features": ROWS, "ids": [1, 2, 3, 4]}, ("s.npz: has 3 rows for 4 items",)),
        ({"features": ROWS * np.nan, "ids": [1, 2, 3]}, ("s.npz: row 1 holds NaN",)),
        ({"features": ROWS, "mask": [1, 0, 1]}, ("s.npz: holds int64; give booleans",)),
    ],
)
def test_faults_of_archives(tmp_path, refused, arrays, words):
    np.savez(tmp_path / "s.npz", **arrays)
    refused(tmp_path / "s.npz", *words)


@pytest.mark.parametrize("name", ["s.npy", "s_ids.npy"])
def test_objects_run_nothing(tmp_path, attack, refused, name):
    np.save(tmp_path / "s.npy", ROWS)
    np.save(tmp_path / name, np.array([attack] * 3, object), allow_pickle=True)
    refused(tmp_path / "s.npy", f"{name}: holds Python objects")


def test_archives_and_tensors_run_nothing(tmp_path, attack, pt, refused):
    np.savez(tmp_path / "s.npz", features=np.array([attack] * 3, object), ids=NUMBERS)
    refused(tmp_path / "s.npz", "s.npz: array features holds Python objects")
    opcodes = b"cposix\nmkdir\n(X\x06\x00\x00\x00it_rantR"
    refused(pt.archive(tmp_path / "s.pt", opcodes, {}), "s.pt: names 'posix.mkdir'")


@pytest.mark.parametrize(
    ("content", "keywords", "words"),
    [
        ("item,x,y\n10,1,1\n20,1,z\n", {}, ("s.csv: row 3: column y: 'z': is not a number",)),
        ("item,x,y\n10,1,1\n20,nan,1\n", {}, ("s.csv: row 3: column x: 'nan'", "not finite")),
        ("item,x,y\n10,1,1\n20,1e39,1\n", {}, ("s.csv: row 3: column x", "32-bit")),
        ("item,x,y\n10,1,2\n20,1\n", {}, ("s.csv: row 3: 2 columns where 3 are due",)),
        ("item,x\n10,1\n20,2\n10,3\n", {}, ("s.csv: row 4: item 10 was in an earlier row",)),
        ("item,x\n10,1\n,2\n", {}, ("s.csv: row 3: column item", "empty")),
        ("item,x\n10,1\nab,2\n", {}, ("s.csv: row 3: item 'ab' is no whole number", "same ids")),
        ("item,x,y\n10,0,0\n20,0,0\n", {}, ("s.csv: no item has modality sound",)),
        ("item,x\n", {}, ("s.csv: ",)),
        ("item,x\n10,\n", {}, ("s.csv: no item has modality sound",)),
        ("item\n10\n", {}, ("s.csv: row 1: there is no column but item",)),
        ("item,x,y\n10,1,b\n", {}, ("s.csv: row 1: x, y are several columns", "=categories")),
        ("item,x,y\n10,,\n20,,\n", {}, ("s.csv: no item has modality sound",)),
        (
            "item,x,y\n10,,\n20,1,\n",
            {},
            ("s.csv: row 3: column y is empty", "fill it in", "--missing_features=mask"),
        ),
        (
            "item,x\n10,1\n20,0\n",
            {},
            ("s.csv: column x alone", "sound=categories", "sound=numbers", "sound=texts"),
        ),
        ("item,x\n10,1\n20,y\n", {}, ("s.csv: column x alone holds numbers",)),
        ("item,x\n10,1\n20,y\n", {"kind": "numbers"}, ("s.csv: row 3: column x: 'y'",)),
        ("item,x\n10,\n", {"kind": "numbers"}, ("s.csv: no item has modality sound",)),
        ("item,x,y\n10,1,2\n", {"kind": "numbers"}, ("x, y are several", "s.csv#COLUMN")),
        (
            "item,x,y\n10,a,b\n",
            {"kind": "texts"},
            ("x, y are several columns", "--content=sound=", "s.csv#COLUMN"),
        ),
        ("item,video,x\n10,1,2\n", {}, ("s.csv: row 1: cannot tell which of item, video, x",)),
        ("item,item\n10,1\n", {}, ("s.csv: row 1: the header names column 'item' twice",)),
        ("item,x\n10,|\n20, \n", {"kind": "categories"}, ("s.csv: no item has modality sound",)),
        ('item,x\n10,"a\n20,b\n', {}, ("s.csv: row 2: a quote is opened and never closed",)),
        (b"item,x\n10,\xff\n", {}, ("s.csv: row 2: column x", "UTF-8")),
        (b"\x1f\x8b\x08", {}, ("s.csv: is compressed with gzip; unpack it first (gunzip)",)),
        ("", {}, ("s.csv: the file is empty",)),
        ("item,x\n10,1\n", {"kind": "images"}, ("--content_kind=sound=images", "a table")),
        ("item,x\n10,1\n", {"kind": "sounds"}, ("--content_kind=sound=sounds: unknown", "texts")),
    ],
)
def test_faults_of_tables(tmp_path, refused, content, keywords, words):
    (tmp_path / "s.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(tmp_path / "s.csv", *words, **keywords)


def test_faults_of_paths(tmp_path, refused):
    refused(tmp_path / "none.npy", "none.npy: no such file or folder")
    (tmp_path / "s.xyz").write_text("x")
    refused(tmp_path / "s.xyz", "s.xyz: cannot tell what it holds", ".npy", ".parquet")
    np.save(tmp_path / "s.npy", ROWS)
    refused(tmp_path / "s.npy", "--content_kind=sound=texts", "cannot hold texts", kind="texts")
    refused(tmp_path / "s.npy", "--content_id_column=sound=x", "no columns", id_column="x")
    (tmp_path / "covers").mkdir()
    refused(tmp_path / "covers", "covers: no file is named after an item", "10.jpg")
    refused(tmp_path / "covers", "cannot hold categories", kind="categories")
    (tmp_path / "d.npz").mkdir()
    refused(tmp_path / "d.npz", "d.npz: no file is named after an item")


_numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.dictionaries(
        st.integers(-(2**63), 2**63 - 1), st.tuples(_numbers, _numbers), min_size=1
    )
)
def test_vectors_come_back_from_every_container(tmp_path, pt, complaint, rows):
    ids, values = np.array(list(rows), np.int64), np.array(list(rows.values()))
    present = values.any(axis=1)
    np.savez(tmp_path / "s.npz", ids=ids, features=values)
    opcodes = pt.dictionary(ids=pt.tensor(ids, key="i"), features=pt.tensor(values, key="f"))
    pt.archive(tmp_path / "s.pt", opcodes, {"i": ids, "f": values})
    text = "".join(f"{item},{x!r},{y!r}\n" for item, (x, y) in rows.items())
    (tmp_path / "s.csv").write_text("item,x,y\n" + text)
    np.save(tmp_path / "s.npy", values)
    np.save(tmp_path / "s_ids.npy", ids)
    for ending in ("npz", "pt", "csv", "npy"):
        path = tmp_path / f"s.{ending}"
        if not present.any():
            assert "no item has modality" in complaint(
                read_content, "sound", path, catalogue=NUMBERS
            )
            continue
        # Each names its items, so that zeros are numbers like any other.
        check(read_content("sound", path, catalogue=NUMBERS), ids.tolist(), values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=80), ending=st.sampled_from(["npy", "npz", "pt", "csv", "parquet"])
)
def test_arbitrary_bytes_end_in_one_line(tmp_path, complaint, content, ending):
    path = tmp_path / f"s.{ending}"
    path.write_bytes(content)
    complaint(read_content, "sound", path, catalogue=NUMBERS)


def test_real_movielens_features(real_data):
    folder = real_data("ml-100k-features")
    catalogue = np.arange(1, 1683)
    text = read_content("text", folder / "text_feat.npy", catalogue=catalogue)
    assert text.rows.shape == (1682, 384)
    poster = read_content("poster", folder / "poster_feat_524.npy", catalogue=catalogue)
    assert poster.rows.shape == (1682 - 178, 524)
    mask = np.load(folder / "poster_mask.npy")
    assert poster.item_ids.tolist() == catalogue[mask].tolist()
