import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a2bm2gl_tf.data.reading.json_lines import iterate_json_lines


@pytest.fixture
def read(tmp_path):
    def read(content):
        (tmp_path / "a.json").write_bytes(content)
        return list(iterate_json_lines(tmp_path / "a.json"))

    return read


def test_by_hand(read):
    assert read(b'{"a": [1, 2.5]}\r\n{"b": {}}') == [(1, {"a": [1, 2.5]}), (2, {"b": {}})]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": 1e999}', "not JSON"),
        (b'{"a": "\xff"}', "not JSON (str is not valid UTF-8"),
        (b'{"a": 1} {"b": 2}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"", "the line is blank"),
        (b"[1]", "holds a list where an object is due"),
        (b"7", "holds a int where an object is due"),
        (b"null", "holds a NoneType"),
    ],
)
def test_first_bad_row_is_named(read, complaint, line, said):
    message = complaint(read, b"{}\n{}\n" + line + b"\n7\n")
    assert "a.json: row 3: " in message
    assert said in message


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda part: (
        st.lists(part) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), part)
    ),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.dictionaries(st.sampled_from("abc"), _json), min_size=1))
def test_objects_come_back(read, values):
    content = "".join(json.dumps(value) + "\n" for value in values).encode()
    assert read(content) == list(enumerate(values, start=1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60))
def test_arbitrary_bytes_end_in_one_line(read, complaint, content):
    said = complaint(read, content)
    assert not said or "a.json: " in said
