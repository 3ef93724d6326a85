"""What no pickle may do, whatever it is read for."""

import copyreg
import io
import pickle
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2bm2gl_tf.data.reading.collection_records import COLLECTION_NAMES
from a2bm2gl_tf.data.reading.restricted_pickles import read_pickle
from a2bm2gl_tf.errors import UserError


def read(content, persistent=None):
    return read_pickle(
        io.BytesIO(content), Path("p.pkl"), COLLECTION_NAMES, "not for this test", persistent
    )


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda part: st.lists(part) | st.dictionaries(st.integers() | st.text(), part),
)


@given(plain, st.integers(3, 5))
def test_plain_values_are_what_was_pickled(value, protocol):
    assert read(pickle.dumps(value, protocol)) == value


@given(content=st.binary(max_size=200))
def test_arbitrary_bytes_end_in_one_line(complaint, content):
    said = complaint(read, content)
    assert not said or said.startswith("p.pkl: ")


@given(data=st.data())
def test_damage_ends_in_one_line(complaint, data):
    content = bytearray(pickle.dumps({1: [2, "three", {4: (5.0, None)}], "six": {7, 8}}, 4))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    complaint(read, bytes(content))


def test_names_are_refused_before_they_are_looked_up():
    with pytest.raises(UserError, match=r"p\.pkl: names 'no_such_module\.thing', which is not for"):
        read(b"\x80\x02cno_such_module\nthing\n.")


@pytest.mark.parametrize(
    ("start", "end"),
    [(b"}", b"Ns."), (b"}(", b"Nu."), (b"(", b"Nd."), (b"\x8f(", b"\x90."), (b"(", b"\x91.")],
    ids=["item", "items", "dictionary", "set", "frozenset"],
)
def test_keys_nested_without_end_do_not_crash_the_interpreter(start, end):
    # Hashing a tuple that is nested that deep overflows the stack of C.
    nested = b")" + b"\x85" * 400_000
    with pytest.raises(UserError, match=r"p\.pkl: truncated or not a pickle"):
        read(b"\x80\x04" + start + nested + end)


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02Nr\xff\xff\xff\x7f0N.",
        b"\x80\x04\x8e" + (2**40).to_bytes(8, "little") + b"x.",
        b"\x80\x05\x96" + (2**27).to_bytes(8, "little") + b"x.",
        b"\x80\x04\x8d" + (2**40).to_bytes(8, "little") + b"x.",
        b"\x80\x04\x95" + (2**40).to_bytes(8, "little") + b"N.",
        b"\x80\x02\x8b\xff\xff\xff\x7f.",
    ],
    ids=["memo", "bytes", "bytearray", "text", "frame", "long"],
)
def test_claimed_sizes_take_no_memory(complaint, content):
    tracemalloc.start()
    complaint(read, content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize(
    "content", [b"\x80\x02\x82\x01.", b"(ibuiltins\nset\n.", b"(cbuiltins\nset\no."]
)
def test_other_ways_to_objects_are_closed(content):
    with pytest.raises(UserError, match="truncated or not a pickle"):
        read(content)


def test_extension_codes_are_closed_even_where_python_knows_them():
    copyreg.add_extension("builtins", "set", 240)
    content = b"\x80\x02\x82\xf0."
    try:
        assert pickle.loads(content) is set  # Now it is in the cache that needs no name.
        with pytest.raises(UserError, match="truncated or not a pickle"):
            read(content)
    finally:
        copyreg.remove_extension("builtins", "set", 240)


def test_objects_outside_the_pickle_need_someone_who_knows_them():
    content = b"\x80\x02K\x07Q."
    with pytest.raises(UserError, match="truncated or not a pickle"):
        read(content)
    assert read(content, lambda pid: pid + 1) == 8
