import asyncio
import socket
import threading

import orjson
import pytest

from a2bm2gl_tf.service import frames
from a2bm2gl_tf.service.engine.answering import answer_message
from a2bm2gl_tf.service.engine.loaded_export import LoadedExport, check_export
from a2bm2gl_tf.service.settings import Limits


@pytest.fixture(scope="module")
def export(integer_export):
    return LoadedExport(integer_export, started=0.0)


def _answers(export, operation, *bodies):
    parts = answer_message([operation, *map(orjson.dumps, bodies)], export, Limits())
    return [
        (int(status), orjson.loads(body))
        for status, body in zip(parts[::2], parts[1::2], strict=True)
    ]


def test_a_request_that_no_longer_fits_leaves_its_neighbours_alone(export, integer_index):
    # The web process may have checked it against the export before this one.
    good, bad, other = _answers(
        export,
        b"recommend",
        {"user_ids": [1001], "k": 2},
        {"user_ids": ["text"]},
        {"user_ids": [1002], "k": 3, "exclude_seen": False},
    )
    assert bad == (
        422,
        {"error": "user_ids[0] is a text, and ids of the loaded export are integers"},
    )
    for (status, body), expected in (
        (good, integer_index.recommend([1001], 2)),
        (other, integer_index.recommend([1002], 3, exclude_seen=False)),
    ):
        assert status == 200
        assert [i["item_id"] for i in body["results"][0]["items"]] == expected[0][0]


def test_a_failing_call_is_the_answer_of_those_that_shared_it(export, monkeypatch, caplog):
    call = export.call_exactly

    def fail_with_seen(name, **inputs):
        if not inputs["exclude_seen"]:
            raise RuntimeError("out of memory")
        return call(name, **inputs)

    monkeypatch.setattr(export, "call_exactly", fail_with_seen)
    answers = _answers(
        export, b"recommend", {"user_ids": [1001], "exclude_seen": False}, {"user_ids": [1001]}
    )
    assert [status for status, _ in answers] == [500, 200]
    assert "out of memory" not in answers[0][1]["error"]
    assert "out of memory" in caplog.text


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("scores", lambda scores: scores * float("nan"), "not finite"),
        ("scores", lambda scores: -scores, "not sorted"),
        ("scores", lambda scores: scores[:, :-1], "its own ids"),
        ("known", lambda known: ~known, "its own ids"),
    ],
)
def test_an_export_that_answers_nonsense_is_refused(export, monkeypatch, name, change, message):
    from a2bm2gl_tf.errors import UserError

    call = export.call_exactly

    def call_wrongly(signature, **inputs):
        answer = call(signature, **inputs)
        return {**answer, name: change(answer[name])}

    monkeypatch.setattr(export, "call_exactly", call_wrongly)
    with pytest.raises(UserError, match=message):
        check_export(export)


@pytest.mark.parametrize("parts", [[], [b""], [b"a", b"", b"x" * 3_000_000]])
def test_messages_arrive_as_they_were_sent(parts):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=ours.sendall, args=(frames.pack(parts) * 2,))
        sender.start()
        assert frames.receive(theirs) == parts

        async def receive():
            reader, writer = await asyncio.open_connection(sock=theirs)
            received = await frames.receive_async(reader)
            writer.close()
            return received

        assert asyncio.run(receive()) == parts
        sender.join()


def test_half_a_message_is_the_end():
    ours, theirs = socket.socketpair()
    with theirs:
        ours.sendall(frames.pack([b"abcdef"])[:-1])
        ours.close()
        assert frames.receive(theirs) is None
