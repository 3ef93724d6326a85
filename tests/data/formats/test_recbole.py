import numpy as np
import pytest

from a2bm2gl_tf.data.features.content import Categories, Texts, Vectors

INTER = """\
user_id:token\titem_id:token\trating:float\ttimestamp:float
b\t20\t5\t881250949
a\t10\t3.5\t881250950.0
b\t10\t1\t881250951
"""
ITEM = """\
item_id:token\tmovie_title:token_seq\tyear:token\tclass:token_seq\tprice:float\tpca:float_seq
10\tToy "Story\t1995\tComedy Drama\t2.5\t0.5 -1
30\tÀ nous\t\tDrama\t\t1e1 2
20\t\t1995\t\t1\t
"""


@pytest.fixture
def folder(tmp_path, write):
    write("ml.inter", INTER)
    write("ml.item", ITEM)
    return tmp_path


def test_interactions_by_hand(folder, read):
    found = read(folder, "recbole").interactions
    assert found.user_ids.tolist() == ["a", "b"]
    assert found.item_ids.tolist() == [10, 20]
    assert found.users.tolist() == [1, 0, 1]
    assert found.items.tolist() == [1, 0, 0]
    assert found.values.tolist() == [5, 3.5, 1]
    assert found.times.tolist() == [881250949, 881250950, 881250951]
    assert found.parts is None


def test_items_by_hand(folder, read):
    raw = read(folder, "recbole")
    assert raw.titles == {10: 'Toy "Story', 30: "À nous"}
    title, year, kind, price, pca = raw.contents
    assert isinstance(title, Texts)
    assert (title.name, title.item_ids.tolist()) == ("movie_title", [10, 30])
    assert isinstance(year, Categories)
    assert (year.labels, year.item_ids.tolist()) == (("year=1995",), [10, 20])
    assert kind.labels == ("class=Comedy", "class=Drama")
    assert kind.item_ids.tolist() == [10, 30]
    assert kind.flags.toarray().tolist() == [[1, 1], [0, 1]]
    assert price.labels == ("price<=1", "price<=2.5")
    assert price.item_ids.tolist() == [10, 20]
    assert price.flags.toarray().tolist() == [[0, 1], [1, 0]]
    assert isinstance(pca, Vectors)
    assert pca.item_ids.tolist() == [10, 30]
    assert pca.rows.tolist() == [[0.5, -1], [10, 2]]


def test_parts_are_read_in_the_order_of_the_split(tmp_path, write, read):
    header = "user_id:token\titem_id:token\n"
    write("a-1.test.inter", header + "3\t7\n")
    write("a-1.train.inter", header + "1\t5\n2\t6\n")
    write("a-1.valid.inter", header + "2\t5\n")
    write("a-1.item", "item_id:token\tclass:token\n5\tx\n")
    raw = read(tmp_path, "recbole")
    found = raw.interactions
    assert found.user_ids[found.users].tolist() == [1, 2, 2, 3]
    assert found.item_ids[found.items].tolist() == [5, 6, 5, 7]
    assert found.parts.tolist() == [0, 0, 1, 2]
    assert found.values is None
    assert raw.contents[0].labels == ("class=x",)
    assert raw.counts == {"records": 4}


def test_other_columns_are_read_when_named(tmp_path, write, read):
    write("x.inter", "u:token\ti:token\tw:float\ttimestamp:float\nA\tB\t2\t7\n")
    options = {"user_column": "u", "item_column": "i", "value_column": "w", "time_column": ""}
    found = read(tmp_path, "recbole", **options).interactions
    assert found.user_ids.tolist() == ["A"]
    assert found.values.tolist() == [2]
    assert found.times is None


@pytest.mark.parametrize(
    ("name", "old", "new", "row", "words"),
    [
        ("ml.inter", "user_id:token", "user_id", 1, "'user_id' is not NAME:TYPE; mend"),
        ("ml.inter", "rating:float", "rating:real", 1, "'rating:real' is not NAME:TYPE; mend"),
        ("ml.inter", "user_id:token", "u:token", 1, "no column 'user_id'; --user_column"),
        ("ml.inter", "timestamp:float", "rating:token", 1, "column 'rating' twice; rename"),
        ("ml.inter", "3.5", "", 3, "column rating:float: '': is not a number; mend"),
        ("ml.inter", "b\t10", "b", 4, "3 columns where 4 are due; mend"),
        ("ml.item", "item_id:token", "id:token", 1, "no column 'item_id'; call it as"),
        ("ml.item", "20\t", "10\t", 4, "10 was in an earlier row; keep one"),
        ("ml.item", "1e1 2", "1e1 x", 3, "column pca: not finite numbers; mend"),
        ("ml.item", "1e1 2", "1e40 2", 3, "column pca: not finite numbers; mend"),
        (
            "ml.item",
            "1e1 2",
            "1 2 3",
            3,
            "column pca: 3 numbers where; before have 2; mend",
        ),
        ("ml.item", "2.5", "cheap", 2, "column price:float: 'cheap': is not a number; mend"),
    ],
)
def test_a_bad_row_is_named(folder, write, refused, name, old, new, row, words):
    text = {"ml.inter": INTER, "ml.item": ITEM}[name]
    assert text.count(old) == 1
    write(name, text.replace(old, new))
    refused("recbole", folder, f"{name}: row {row}: ", *words.split("; "))


def test_folders_that_are_no_one_dataset(folder, write, refused):
    write("other.inter", INTER)
    refused("recbole", folder, "--input", "keep one or give the file itself")
    (folder / "other.inter").unlink()
    (folder / "ml.inter").rename(folder / "ml.train.inter")
    refused("recbole", folder, "--input", "keep one or give the file itself")


def test_a_quantile_holds_the_values_up_to_its_edge(tmp_path, write, read):
    write("q.inter", "user_id:token\titem_id:token\n1\t1\n")
    lines = "".join(f"{item}\t{item * item}\n" for item in range(1, 31))
    write("q.item", "item_id:token\tsize:float\n" + lines)
    (size,) = read(tmp_path, "recbole").contents
    # Thirty items, ten buckets of three; the edges are the squares of 3, 6, 9, ...
    assert size.labels == tuple(f"size<={(3 * bucket) ** 2}" for bucket in range(1, 11))
    np.testing.assert_array_equal(size.flags.indices, np.repeat(np.arange(10), 3))
