"""The fast way and the slow, exact way through a file agree on any bytes whatever."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.kinds import make_kinds
from a2bm2gl_tf.data.reading.records import iterate_records
from a2bm2gl_tf.errors import UserError

PIECES = st.sampled_from(
    [
        *(b"a", b"7", b"-1", b"0.5", b",", b",", b"\n", b"\n", b"\r\n", b"\r", b'"', b'""', b" "),
        *(b"\0", b"\xc3\xa9", b"\xff", b"::", b":", b"\x1f", b"\x03", b"1e39", b"0x1F", b"nan"),
        *(b"+2", b"\t", b"\n\n", b"\r\n\r\n"),
    ]
)
LINES = st.tuples(st.sampled_from([b"a", b"7", b'"x,\n"', b'"']), st.binary(max_size=2)).map(
    lambda pair: pair[0] + b"," + pair[1] + b"\n"
)
CONTENT = st.one_of(st.lists(PIECES, min_size=1, max_size=14), st.lists(LINES, min_size=1)).map(
    b"".join
)
KINDS = st.sampled_from(["id", "whole", "count", "number", "optional number", "time", "text"])


@settings(
    max_examples=800, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=CONTENT, kind=KINDS, separator=st.sampled_from([",", "::", "\t"]), quoted=st.booleans()
)
def test_any_bytes(tmp_path, content, kind, separator, quoted):
    quoted = quoted and len(separator) == 1
    path = tmp_path / "table.txt"
    path.write_bytes(content)
    dialect = Dialect(separator, ("x", "y"), quoted=quoted)
    try:
        columns = read_columns(path, dialect, {"x": "id", "y": kind})
    except UserError as error:
        message = str(error)
        assert "\n" not in message
        assert "row " in message or "UTF-16" in message or "byte order" in message, message
        return
    records = [values for _, values in iterate_records(path, dialect)]
    # Blank lines at the very end are no records.
    while records[-1] == [""]:
        records.pop()
    assert columns.records == len(records)
    assert [str(value) for value in columns["x"].values()] == [values[0] for values in records]
    rule = make_kinds({"y": kind})["y"]
    assert [rule.fault(values[1]) for values in records] == [None] * len(records)
    expected = [values[1] for values in records]
    if kind == "id":
        assert [str(value) for value in columns["y"].values()] == expected
    elif kind == "text":
        assert columns["y"].tolist() == expected
    elif kind in ("whole", "count"):
        assert columns["y"].tolist() == [int(value) for value in expected]
    elif kind != "time":
        numbers = np.float32([float(value or "nan") for value in expected])
        np.testing.assert_array_equal(columns["y"], numbers)


def test_the_sentinel_character_itself_may_stand_in_a_file(tmp_path):
    path = tmp_path / "table.txt"
    path.write_bytes(b"\x03,\x03\n\x03,b\n")
    columns = read_columns(path, Dialect(",", ("x", "y"), quoted=True), {"x": "id", "y": "id"})
    assert columns["x"].values().tolist() == ["\x03", "\x03"]
    path.write_bytes(b'\x03,\x03\n\x03,"b\n')
    with pytest.raises(UserError, match="row 2: a quote is opened"):
        read_columns(path, Dialect(",", ("x", "y"), quoted=True), {"x": "id", "y": "id"})
