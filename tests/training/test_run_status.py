import json
import os
import subprocess
import sys

import pytest

from a2bm2gl_tf.errors import Terminated, UserError
from a2bm2gl_tf.training.diverged import DivergedError
from a2bm2gl_tf.training.process_identity import is_alive, own_process
from a2bm2gl_tf.training.run_status import read_status, record_finished, recorded


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (KeyboardInterrupt(), "interrupted", "interrupted by Ctrl-C or a signal"),
        (Terminated(), "interrupted", "interrupted by SIGTERM"),
        (DivergedError("step 7: rec is nan; lower it", 7, "rec"), "diverged", "step 7: rec is nan"),
        (UserError("--knn=9:\n too large"), "failed", "--knn=9: too large"),
        (ZeroDivisionError("by zero"), "failed", "ZeroDivisionError: by zero"),
    ],
)
def test_how_a_run_ended_is_recorded_and_the_error_goes_on(tmp_path, error, state, reason):
    def run():
        with recorded(tmp_path, {"model": "m"}):
            assert read_status(tmp_path)["state"] == "running"
            raise error

    with pytest.raises(type(error)):
        run()
    status = read_status(tmp_path)
    assert status["state"] == state
    assert status["reason"].startswith(reason)
    assert status["about"] == {"model": "m"}
    assert "process" not in status
    assert status.get("divergence") == ({"step": 7, "term": "rec"} if state == "diverged" else None)


def test_a_run_keeps_its_id_and_counts_its_starts(tmp_path):
    with pytest.raises(KeyboardInterrupt), recorded(tmp_path, {}) as first:
        raise KeyboardInterrupt
    with recorded(tmp_path, {}) as second:
        pass
    other = tmp_path / "other"
    other.mkdir()
    with recorded(other, {}) as third:
        pass
    assert second["id"] == first["id"] != third["id"]
    status = read_status(tmp_path)
    assert (status["state"], status["starts"]) == ("finished", 2)
    assert "reason" not in status
    assert status["first_started"] <= status["started"] <= status["ended"]


def test_a_run_whose_process_died_after_its_result_is_finished_afterwards(tmp_path):
    status = {"id": "i", "state": "running", "process": own_process(), "about": {"model": "m"}}
    (tmp_path / "status.json").write_text(json.dumps(status))
    record_finished(tmp_path)
    found = read_status(tmp_path)
    assert found.pop("ended")
    assert found == {"id": "i", "state": "finished", "about": {"model": "m"}}
    record_finished(tmp_path / "no_such_run")
    assert not (tmp_path / "no_such_run").exists()


def test_a_disk_that_fails_does_not_hide_the_first_error(tmp_path):
    directory = tmp_path / "run"
    directory.mkdir()

    def run():
        with recorded(directory, {}):
            (directory / "status.json").unlink()
            directory.rmdir()
            # A file where the directory was: the status cannot be written.
            directory.write_text("")
            raise UserError("disk is full")

    with pytest.raises(UserError, match="disk is full"):
        run()


@pytest.mark.parametrize(
    "text",
    [
        *("{", "[]", "7", '{"a":' * 100_000, '{"starts": "1"}', '{"state": ["running"]}'),
        *('{"process": 7}', '{"about": []}', '{"reason": null}', '{"id": {}}'),
    ],
)
def test_a_status_that_is_not_one_is_refused(tmp_path, text):
    (tmp_path / "status.json").write_text(text)
    with pytest.raises(UserError, match=r"status\.json: not the status of a run"):
        read_status(tmp_path)


def test_a_process_that_was_killed_is_told_from_one_that_runs(tmp_path):
    assert is_alive(own_process()) is True
    code = (
        "import os, sys\nfrom pathlib import Path\n"
        "from a2bm2gl_tf.training.run_status import recorded\n"
        "with recorded(Path(sys.argv[1]), {}):\n    os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], check=False, env=os.environ)
    status = read_status(tmp_path)
    assert status["state"] == "running"
    assert is_alive(status["process"]) is False


def test_a_number_given_out_again_and_another_boot_are_seen():
    process = own_process()
    assert is_alive(process | {"started": process["started"] + 1}) is False
    assert is_alive(process | {"boot": "0" * 16}) is None
    assert is_alive(process | {"boot": None}) is None
    assert is_alive(process | {"pid": f"../proc/{process['pid']}"}) is False
    assert json.loads(json.dumps(process)) == process
