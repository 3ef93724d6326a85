"""inspect.py on what the other commands wrote, and what a run leaves for it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

_SCRIPT = Path(__file__).resolve().parents[2] / "run_scripts" / "inspect.py"


def test_a_finished_run_and_its_export_are_described_without_tensorflow(command, finished_run):
    code = (
        f"import runpy, sys\nsys.argv = ['inspect.py', '--json', {str(finished_run)!r}]\n"
        f"sys.path.insert(0, {str(_SCRIPT.parent)!r})\n"
        f"runpy.run_path({str(_SCRIPT)!r}, run_name='__main__')\n"
        "heavy = {'tensorflow', 'numpy', 'scipy', 'keras'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    run = json.loads(ended.stdout)
    result = json.loads((finished_run / "result.json").read_text())
    assert (run["kind"], run["state"], run["model"]) == ("run", "finished", "a2bm2gl")
    assert run["why"] == "all epochs are done"
    assert run["test"] == result["test"]
    assert (run["best_step"], run["epoch"]) == (result["best_step"], 30)
    assert run["dataset"]["fingerprint"] == result["data"]
    assert run["dataset"]["users"] == 80
    assert run["changed"]["dimension"] == 8
    assert "learning_rate" not in run["changed"]
    assert {entry["fault"] for entry in run["checkpoints"]} == {""}
    assert run["estimated_memory_bytes"] / run["peak_memory_bytes"] < 1.5
    both = command("inspect", finished_run, finished_run / "export", "--json")
    exported = json.loads(both.stdout)["directories"][1]
    assert (exported["kind"], exported["model"]) == ("SavedModel", "a2bm2gl")
    assert exported["step"] == run["best_step"]
    assert exported["faults"] == []
    # What is passed on has no path of the machine.
    metadata = (finished_run / "export" / "assets" / "metadata.json").read_text()
    assert '_dir": "' not in metadata


def test_the_run_log_tells_its_course(finished_run):
    lines = (finished_run / "log.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    events = [record["event"] for record in records]
    assert events[0] == "started"
    assert events[-1] == "finished"
    assert events.count("validation") == 10
    last = [record for record in records if record["event"] == "validation"][-1]
    assert (last["epoch"], last["metric"], last["stopped"]) == (30, "ndcg@10", "epochs")
    assert records[0]["dataset"]["items"] == 60
    assert str(finished_run) not in "".join(lines)


def test_a_killed_run_is_told_from_a_running_one(command, small_flags, tmp_path):
    directory = tmp_path / "run"
    process = command.start("train", *small_flags, f"--output_dir={directory}")
    deadline = time.monotonic() + 120
    while not (directory / "status.json").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    running = command("inspect", directory, "--json")
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert json.loads(running.stdout)["state"] == "running"
    killed = command("inspect", f"--output_dir={directory}")
    assert "killed without a word" in killed.stdout


def test_mistakes_are_one_line(command, tmp_path):
    for arguments in ([], [tmp_path / "none"], [tmp_path]):
        ended = command("inspect", *arguments)
        assert ended.returncode == 2
        assert len(ended.stderr.splitlines()) == 1
