from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from a2bm2gl_tf.data.features.content import Categories, Texts, Vectors
from a2bm2gl_tf.data.formats.content_files import read_content

CATALOGUE = np.array([10, 20, 30, 40])


@pytest.fixture
def table(tmp_path):
    """Writes a table of the four items."""

    def table(columns, name="s.csv"):
        path = tmp_path / name
        columns = {"item": CATALOGUE} | columns
        if path.suffix == ".parquet":
            pq.write_table(pa.table(columns), path)
        else:
            pd.DataFrame(columns).to_csv(path, index=False)
        return path

    return table


@pytest.fixture
def refused(complaint):
    def refused(path, *words, **keywords):
        message = complaint(read_content, "sound", Path(path), catalogue=CATALOGUE, **keywords)
        for word in words:
            assert word in message, message or "it was read"

    return refused


def read(path, kind=None):
    return read_content("sound", Path(path), kind, catalogue=CATALOGUE)


def labels_of(content):
    """Item id -> the labels it has."""
    assert type(content) is Categories
    return {
        item: {content.labels[column] for column in np.flatnonzero(row)}
        for item, row in zip(content.item_ids.tolist(), content.flags.toarray(), strict=True)
    }


@pytest.mark.parametrize("name", ["s.csv", "s.parquet"])
def test_one_column_of_numbers_is_labels_or_amounts(table, refused, name):
    path = table({"author": [0, 2, 1, 0]}, name)
    refused(path, f"{name}: column author alone holds numbers", "=categories", "=numbers")
    found = labels_of(read(path, "categories"))
    assert found == {10: {"sound=0"}, 20: {"sound=2"}, 30: {"sound=1"}, 40: {"sound=0"}}
    found = labels_of(read(path, "numbers"))
    assert found == {10: {"sound<=0"}, 20: {"sound<=2"}, 30: {"sound<=1"}, 40: {"sound<=0"}}
    assert read(path, "vectors").rows.tolist() == [[0], [2], [1], [0]]


def test_an_item_without_a_number_is_in_no_bucket(table):
    assert list(labels_of(read(table({"n": ["", "3", "0", ""]}), "numbers"))) == [20, 30]


def test_most_cells_hold_a_bar(table):
    path = table({"genre": ["Comedy|Drama", "War | Opera", "", "Crime"]})
    assert labels_of(read(path)) == {
        10: {"sound=Comedy", "sound=Drama"},
        20: {"sound=War", "sound=Opera"},
        40: {"sound=Crime"},
    }
    assert read(path, "texts").texts == ("Comedy|Drama", "War | Opera", "Crime")


def test_a_bar_between_labels_that_come_again(table):
    path = table({"genre": ["a", "a|b", "b", "b"]})
    assert labels_of(read(path))[20] == {"sound=a", "sound=b"}


def test_a_bar_in_a_title_is_asked_about(table, refused):
    path = table({"title": ["One", "Cats | Dogs", "Three", "Four"]})
    refused(path, "s.csv: column title holds '|' in some cells", "'Cats | Dogs'", "sound=texts")
    assert read(path, "texts").texts[1] == "Cats | Dogs"


def test_paths_of_pictures_are_no_texts(table, refused, tmp_path):
    (tmp_path / "covers").mkdir()
    (tmp_path / "covers" / "a.JPG").write_bytes(b"x")
    path = table({"cover": ["", "covers/a.JPG", "covers/b.jpg", "covers/c.jpg"]})
    refused(path, "column cover holds paths of pictures", "covers/a.JPG", "--content=sound=FOLDER")
    (tmp_path / "covers" / "a.JPG").unlink()
    assert type(read(path)) is Texts


@pytest.mark.parametrize("name", ["s.csv", "s.parquet"])
def test_one_of_several_columns(table, refused, name):
    columns = {"title": list("abcd"), "genre": ["x|y", "x", "x", "y"], "year": [1, 2, 3, 4]}
    path = table(columns, name)
    refused(path, "row 1: title, genre, year are several columns", f"--content=sound={path}#COLUMN")
    texts = read(f"{path}#title")
    assert (texts.texts, texts.source) == (("a", "b", "c", "d"), path)
    assert labels_of(read(f"{path}#genre"))[10] == {"sound=x", "sound=y"}
    assert labels_of(read(f"{path}#year", "numbers"))[40] == {"sound<=4"}
    refused(f"{path}#year", "column year alone holds numbers")
    for wrong in ("item", "more"):
        refused(f"{path}#{wrong}", f"#{wrong}: no such column", "choose one of title, genre, year")


def test_a_file_or_a_column_may_have_a_hash_in_its_name(table, refused, tmp_path):
    path = table({"title": list("abcd"), "c#1": list("efgh")})
    assert read(f"{path}#c#1").texts == ("e", "f", "g", "h")
    table({"title": list("wxyz")}, "s.csv#title.csv")
    assert read(tmp_path / "s.csv#title.csv").texts == ("w", "x", "y", "z")
    assert read(tmp_path / "s.csv#title.csv#title").texts == ("w", "x", "y", "z")
    np.save(tmp_path / "s.npy", np.ones((4, 2)))
    refused(tmp_path / "s.npy#x", "s.npy#x", "has no columns")
    refused(tmp_path / "none.csv#x", "none.csv#x: no such file")


def test_empty_rows_lack_the_modality_and_zeros_have_it(table):
    content = read(table({"x": ["", "0", "1", ""], "y": ["", "0", "2", ""]}))
    assert content.item_ids.tolist() == [20, 30]
    assert content.rows.tolist() == [[0, 0], [1, 2]]
    assert content.present.tolist() == [True, True]


def test_lists_of_decimal_numbers(table, refused):
    vectors = pa.array([[0, 0], None, [1.5, 2], []], pa.list_(pa.float32()))
    content = read(table({"v": vectors}, "s.parquet"))
    assert type(content) is Vectors
    assert content.item_ids.tolist() == [10, 30]
    assert content.rows.dtype == np.float32
    assert content.rows.tolist() == [[0, 0], [1.5, 2]]
    path = table({"v": vectors, "title": list("abcd")}, "t.parquet")
    refused(path, "v, title are several columns", "t.parquet#COLUMN")
    assert read(f"{path}#v").rows.tolist() == [[0, 0], [1.5, 2]]
    refused(path, "v, title are several columns where one", kind="vectors")


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ([1.0], ("row 4: column v: 1 numbers where row 1 has 2",)),
        ([1.0, None], ("row 4: column v: holds a missing number", "--missing_features=mask")),
        ([1.0, 1e39], ("row 4: column v: holds", "beyond float32")),
    ],
)
def test_faults_of_lists(table, refused, last, words):
    refused(table({"v": [[1.0, 2.0], None, [3.0, 4.0], last]}, "s.parquet"), *words)


def test_lists_of_labels(table, refused):
    path = table({"g": [["b", "a "], None, [], ["b"]]}, "s.parquet")
    assert labels_of(read(path)) == {10: {"sound=a", "sound=b"}, 40: {"sound=b"}}
    refused(path, "column g holds list", kind="texts")


def test_lists_of_whole_numbers_are_asked_about(table, refused):
    path = table({"g": [[1, 2], [2, 3], None, [1, 3]]}, "s.parquet")
    refused(path, "column g holds lists of whole numbers", "=categories", "=vectors")
    assert labels_of(read(path, "categories"))[20] == {"sound=2", "sound=3"}
    assert read(path, "vectors").rows.tolist() == [[1, 2], [2, 3], [1, 3]]
