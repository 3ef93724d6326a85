"""Lent streams: leaving waits for the borrower's threads."""

import contextlib
import io
import threading
import time

import pytest

from a2bm2gl_tf.data.reading import lending
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.errors import UserError


def _borrow(lend, steps):
    """A borrower on a thread of its own, which takes `steps` one after the other."""
    box = [lend()]

    def work():
        for step in steps:
            step(box)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_the_bytes_are_those_of_the_stream():
    with lending.lent(io.BytesIO(b"abcdef")) as lend:
        stand_in = lend()
        assert stand_in.readable()
        assert [bytes(stand_in.read(4)), bytes(stand_in.read(4))] == [b"abcd", b"ef"]
        assert bytes(stand_in.read(4)) == b""
        del stand_in


@pytest.mark.parametrize("kept", ["the stream", "a piece"])
def test_leaving_waits_for_what_is_out(kept):
    let_go = []

    def take(box):
        box[0] = box[0].read(2) if kept == "a piece" else box[0]

    def release(box):
        time.sleep(0.3)
        let_go.append(time.monotonic())
        box.clear()

    with lending.lent(io.BytesIO(b"abcdef")) as lend:
        thread = _borrow(lend, [take, release])
    left = time.monotonic()
    thread.join()
    assert left >= let_go[0]


def test_the_stream_ends_when_it_is_called_in():
    called_in = threading.Event()
    read = []

    def wait(_):
        called_in.wait(5)
        # Leaving sets the flag in an instant, but not before this body has ended.
        time.sleep(0.2)

    with lending.lent(io.BytesIO(b"abcdef")) as lend:
        thread = _borrow(lend, [wait, lambda box: read.append(bytes(box[0].read(2))), list.clear])
        called_in.set()
    thread.join()
    assert read == [b""]


def test_a_borrower_that_keeps_it_does_not_block_for_good(monkeypatch):
    monkeypatch.setattr(lending, "_PATIENCE_SECONDS", 0.1)
    began = time.monotonic()
    with lending.lent(io.BytesIO(b"abcdef")) as lend:
        kept = lend()
    assert 0.1 <= time.monotonic() - began < 5
    assert bytes(kept.read(1)) == b""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"user,item\na,1\n", None),
        (b"user,item\n\xe9,1\n", "row 2: column user"),
        (b"user,item\n" + b"a,1\n" * 3_000_000 + b",1\n", "row 3000002: column user"),
    ],
    ids=["whole", "refused by Arrow", "refused midway"],
)
def test_arrow_gives_all_back_at_once(tmp_path, monkeypatch, content, said):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    monkeypatch.setattr(lending, "_PATIENCE_SECONDS", 5)
    waited = []
    call_in = lending._Loans.call_in

    def timed(self):
        began = time.monotonic()
        call_in(self)
        waited.append((self._out, time.monotonic() - began < 2))

    monkeypatch.setattr(lending._Loans, "call_in", timed)
    with contextlib.nullcontext() if said is None else pytest.raises(UserError, match=said):
        read_columns(path, Dialect(","), {"user": "id", "item": "id"})
    assert waited == [(0, True)]
