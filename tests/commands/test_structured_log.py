import json
import logging

import pytest

from a2bm2gl_tf.commands.structured_log import JsonFormatter, run_log
from a2bm2gl_tf.errors import UserError

_LOGGER = logging.getLogger("a2bm2gl_tf.test_structured_log")


@pytest.fixture(autouse=True)
def info_level():
    logger = logging.getLogger("a2bm2gl_tf")
    before = logger.level
    logger.setLevel(logging.INFO)
    yield
    logger.setLevel(before)


def _record(message, *arguments, **extra):
    record = logging.LogRecord("a2bm2gl_tf.x", logging.WARNING, "f.py", 1, message, arguments, None)
    record.created = 1_000_000_000.25
    vars(record).update(extra)
    return record


def test_a_record_is_one_json_object_of_known_values():
    fields = {"event": "validation", "step": 90, "value": 0.5, "bad": float("nan"), "to": {"a": 1}}
    line = JsonFormatter().format(_record("step %d\nof %s", 90, "100", **fields))
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2001-09-09T01:46:40.250Z",
        "level": "warning",
        "logger": "a2bm2gl_tf.x",
        "event": "validation",
        "message": "step 90\nof 100",
        "step": 90,
        "value": 0.5,
        "bad": "nan",
        "to": {"a": 1},
    }


def test_what_travels_with_the_run_has_no_path_of_the_machine():
    text = "/home/someone/data/x.npy: no /such file, 3/4 of http://host/a/b and runs/mine"
    shown = json.loads(JsonFormatter(short_paths=True).format(_record("%s", text)))["message"]
    assert shown == "x.npy: no /such file, 3/4 of http://host/a/b and runs/mine"
    assert json.loads(JsonFormatter().format(_record("%s", text)))["message"] == text


def test_a_run_log_is_appended_to_mended_and_says_what_ended_it(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"event": "earlier"}\n{"half": ')

    def run():
        with run_log(tmp_path):
            _LOGGER.info("going", extra={"event": "going", "step": 1})
            raise UserError("no more:\nstop")

    with pytest.raises(UserError):
        run()
    lines = path.read_text().splitlines()
    assert lines[:2] == ['{"event": "earlier"}', '{"half": ']
    going, stopped = map(json.loads, lines[2:])
    assert (going["event"], going["step"], going["level"]) == ("going", 1, "info")
    assert (stopped["event"], stopped["level"]) == ("stopped", "error")
    assert stopped["message"] == "UserError: no more: stop"
    _LOGGER.info("after the block")
    assert len(path.read_text().splitlines()) == 4


def test_a_log_that_cannot_be_written_ends_alone(tmp_path, capfd):
    with run_log(tmp_path):
        handler = logging.getLogger("a2bm2gl_tf").handlers[-1]
        handler.stream.close()
        handler.stream = open("/dev/full", "w")  # noqa: SIM115 - closed by the handler
        _LOGGER.info("one")
        _LOGGER.info("two")
    assert capfd.readouterr().err.count("the log ends here") == 1


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_mistake_is_told_in_the_form_that_was_asked_for(in_process, tmp_path, place):
    flags = ["--output_dir=none", "--log_format=json"]
    flags = flags[::-1] if place == "first" else flags
    status, _, errors = in_process("evaluate", *flags, cwd=tmp_path)
    assert status == 2
    told = json.loads(errors.splitlines()[-1])
    assert (told["level"], told["event"], told["status"]) == ("error", "user_error", 2)
    assert "config.json is missing" in told["message"]
    # A command line that is not understood, too.
    status, _, errors = in_process("evaluate", "--nonsense", "--log_format=json", cwd=tmp_path)
    assert status == 2
    assert json.loads(errors.splitlines()[-1])["event"] == "user_error"


def test_people_get_text_as_ever(in_process, tmp_path):
    status, _, errors = in_process("evaluate", "--output_dir=none", cwd=tmp_path)
    assert status == 2
    assert errors.splitlines()[-1].startswith("error: --output_dir=none: no run there")
