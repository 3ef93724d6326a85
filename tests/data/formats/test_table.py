import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a2bm2gl_tf.data.formats.registry import FormatOptions, detect_format, read_format
from a2bm2gl_tf.errors import UserError


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'User ID,title,item,Rating,Timestamp\n7,"x, y",b,2.5,30\n5,z,a,1,20\n'),
        ("a.csv", "\ufeffUser ID;title;item;Rating;Timestamp\r\n7;x, y;b;2.5;30\r\n5;z;a;1;20"),
        ("a.tsv", "User ID\ttitle\titem\tRating\tTimestamp\n7\tx, y\tb\t2.5\t30\n5\tz\ta\t1\t20\n"),
        ("a.txt", "title|User ID|Rating|item|Timestamp\nx|7|2.5|b|30\nz|5|1|a|20\n"),
    ],
)
def test_usual_names_and_separators(write, read, name, content):
    found = read(write(name, content), "table").interactions
    assert found.user_ids[found.users].tolist() == [7, 5]
    assert found.user_ids.tolist() == [5, 7]
    assert found.item_ids.tolist() == ["a", "b"]
    assert found.items.tolist() == [1, 0]
    assert found.values.tolist() == [2.5, 1]
    assert found.times.tolist() == [30, 20]


def test_named_columns_and_none(write, refused):
    path = write("a.csv", "who,what,user,rating,time\n1,2,3,4,5\n")
    options = FormatOptions(user_column="who", item_column="what", time_column="")
    found = read_format("table", path, options).interactions
    assert (found.user_ids.tolist(), found.item_ids.tolist()) == ([1], [2])
    assert found.values.tolist() == [4]
    assert found.times is None


def test_parquet(tmp_path, read):
    path = tmp_path / "a.parquet"
    users = pa.array(["x", "y", "x"]).dictionary_encode()
    times = pa.array([3_000, 1_000, 2_000], pa.timestamp("ms"))
    table = pa.table({"uid": users, "video_id": [7, 9, 7], "time": times, "score": [1, 2, 3]})
    pq.write_table(table, path)
    found = read(path, "table").interactions
    assert found.user_ids.tolist() == ["x", "y"]
    assert found.users.tolist() == [0, 1, 0]
    assert found.item_ids.tolist() == [7, 9]
    assert found.times.tolist() == [3_000_000, 1_000_000, 2_000_000]
    assert found.values.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("header", "options", "words"),
    [
        (
            "who,item",
            {},
            "row 1; cannot tell which column; users; who, item; --user_column",
        ),
        ("user,what", {}, "row 1; cannot tell; items; user, what; --item_column"),
        ("user,user_id,item", {}, "row 1; user and user_id; give --user_column"),
        ("user,item,date,time", {}, 'row 1; date and time; --time_column, or --time_column=""'),
        ("user,item,rating,score", {}, "row 1; rating and score; give --value_column"),
        ("user,item", {"user_column": "who"}, "--user_column=who; no such column; user, item"),
        ("user,item", {"time_column": "when"}, "--time_column=when; no such column; user, item"),
        ("user,item", {"user_column": "item"}, "column item would hold both; --user_column"),
        ("user,user,item", {}, "row 1; column 'user' twice; rename one"),
    ],
)
def test_a_header_that_does_not_say_which_is_which(write, refused, header, options, words):
    values = ",".join("1" for _ in header.split(","))
    path = write("a.csv", f"{header}\n{values}\n")
    refused("table", path, "a.csv", *words.split("; "), **options)


def test_detection_leaves_other_files_alone(tmp_path, write, refused):
    for name, content in [
        ("pairs.txt", "1\t1958 6346\n"),
        ("titles.dat", "item,title\n1,x\n"),
        ("binary.dat", b"user,item\0\n"),
    ]:
        with pytest.raises(UserError, match="give --format"):
            detect_format(write(name, content))
    refused("table", tmp_path, "is a folder where a file is needed")


@pytest.mark.parametrize(
    ("name", "content", "options", "reason"),
    [
        ("m.data", "who,what\n1,2\n", {"user_column": "who"}, "--user_column names a column"),
        ("m.data", "who,what\n1,2\n", {"time_column": ""}, "--time_column names a column"),
        ("m.csv", "who,what\n1,2\n", {}, "its name ends in .csv"),
        ("m.TSV", "who\twhat\n1\t2\n", {}, "its name ends in .TSV"),
        ("m.parquet", b"PAR1 and no more", {}, "its name ends in .parquet"),
    ],
)
def test_a_column_or_the_ending_tells_a_table(write, name, content, options, reason):
    path = write(name, content)
    assert detect_format(path, FormatOptions(**options)) == ("table", reason)


def test_the_trouble_with_a_file_of_no_known_format_is_said_first(write):
    for name, content, words in [
        ("a.csv.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\0", "is compressed with gzip"),
        ("a.xlsx", b"PK\x03\x04" + bytes(20), "is a zip archive; .* save a spreadsheet as CSV"),
        ("a.txt", b"", "the file is empty"),
        ("b.txt", "user,item\n".encode("utf-16"), "is UTF-16 text"),
        ("a.bin", b"PAR1 and no more", "give it the ending .parquet"),
    ]:
        with pytest.raises(UserError, match=words):
            detect_format(write(name, content))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("user,item\nu1,v1\nu1, v2\n", "row 3: column item: ' v2' begins or ends with a blank"),
        ("user,item\nu1\t,v1\n", "row 2: column user: 'u1\\t' begins or ends with a blank"),
        ('user,item\n"u\n1",a\nu2,"b "\n', "row 4: column item: 'b ' begins or ends"),
        ("user,item\n3.0,7\n1.0,8\n", "column user: '1.0', as every id, is a whole number with .0"),
        ("user,item\n3,7\n-1,8\n-1,9\n", "row 3: column user: -1 often stands for a missing user"),
        ("user,item\n3,7\n4,-1\n", "row 3: column item: -1 often stands for a missing item"),
        ("user,item\nu,v\nnan,v\n", "row 3: column user: nan often stands for a missing user"),
        ("user,item\n1,v\n2,v\nNone,v\nnull,w\n", "row 4: column user: None often stands"),
    ],
)
def test_ids_that_are_not_what_the_user_means(write, refused, content, words):
    refused("table", write("a.csv", content), "a.csv: ", words, "; ")


def test_ids_that_only_look_a_little_doubtful(write, read):
    for users in (["-1"], ["-1", "-2", "3"], ["1.0", "2"], ["1.0", "x"], ["Nan", "NA"], ["1.00"]):
        content = "user,item\n" + "".join(f"{user},a b\n" for user in users)
        found = read(write("a.csv", content), "table").interactions
        assert [str(user) for user in found.user_ids[found.users]] == users


@pytest.mark.parametrize(
    ("users", "note"),
    [
        (["7", "8", "abc", "9"], "user ids (column user) are text because of 'abc' (row 4)"),
        (["7", "07"], "because of '07' (row 3)"),
        (["1", "2", "9223372036854775808"], "because of '9223372036854775808' (row 4)"),
        (["7", "8", "9" * 5000], "because of '9999"),
        (["-9223372036854775808", "9223372036854775807", "x"], "because of 'x' (row 4)"),
        (["7", "a", "b"], None),
        (["7", "8"], None),
    ],
)
def test_an_odd_id_that_makes_all_text_is_noted(write, read, users, note):
    raw = read(write("a.csv", "user,item\n" + "".join(f"{u},v\n" for u in users)), "table")
    assert len(raw.notes) == (note is not None)
    assert all(note in found for found in raw.notes)


# Ids that `test_ids_that_are_not_what_the_user_means` refuses are left out.
ID = st.text(
    st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), min_size=1
).filter(
    lambda word: (
        word == word.strip(" \t\r\n\u00a0")
        and not word.endswith(".0")
        and word.lower() not in ("nan", "none", "null", "<na>", "nat")
    )
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    records=st.lists(
        st.tuples(
            ID,
            st.integers(-(2**63), 2**63 - 1).filter(lambda number: number != -1),
            st.floats(width=32, allow_nan=False, allow_infinity=False),
            st.integers(-(2**63), 2**63 - 1),
        ),
        min_size=1,
        max_size=15,
    )
)
def test_any_parquet_table_comes_back(tmp_path, records):
    path = tmp_path / "a.parquet"
    columns = dict(zip(("user", "item", "rating", "time"), zip(*records, strict=True), strict=True))
    table = pa.table({name: list(values) for name, values in columns.items()})
    pq.write_table(table, path, row_group_size=4)
    found = read_format("table", path, FormatOptions()).interactions
    assert [str(user) for user in found.user_ids[found.users]] == list(columns["user"])
    assert found.item_ids[found.items].tolist() == list(columns["item"])
    assert found.values.tolist() == list(columns["rating"])
    assert found.times.tolist() == list(columns["time"])
