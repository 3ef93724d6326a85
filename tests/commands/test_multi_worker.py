"""Two workers on this machine: the losses of one, and a job that survives a killed worker."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

_TRAIN = Path(__file__).resolve().parents[2] / "run_scripts" / "train.py"
_MODEL = ("--nosemantic", "--l2=0.5", "--checkpoint_seconds=0", "--epochs=20", "--patience=0")

pytestmark = pytest.mark.slow


def _start(directory, flags):
    """Starts both workers; returns their processes, the chief first."""
    with socket.socket() as one, socket.socket() as other:
        for free in (one, other):
            free.bind(("localhost", 0))
        workers = [f"localhost:{free.getsockname()[1]}" for free in (one, other)]
    processes = []
    for index in range(2):
        task = {"type": "worker", "index": index}
        config = json.dumps({"cluster": {"worker": workers}, "task": task})
        line = [sys.executable, str(_TRAIN), "--strategy=multi_worker", *flags]
        processes.append(
            subprocess.Popen(
                [*line, f"--output_dir={directory}"],
                env=os.environ | {"TF_CONFIG": config, "CUDA_VISIBLE_DEVICES": ""},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    return processes


def _finish(processes):
    outputs = [process.communicate(timeout=120) for process in processes]
    for process, (_, errors) in zip(processes, outputs, strict=True):
        assert process.returncode == 0, errors
    return outputs


def _train_records(directory):
    lines = (directory / "metrics.jsonl").read_text().splitlines()
    left_out = ("kind", "seconds", "epoch_seconds", "steps_per_second")
    records = [json.loads(line) for line in lines]
    return [
        {name: value for name, value in record.items() if name not in left_out}
        for record in records
        if record["kind"] == "train"
    ]


@pytest.fixture(scope="module")
def alone(command, small_flags, tmp_path_factory):
    """The records of one worker that trains without interruption."""
    directory = tmp_path_factory.mktemp("alone") / "run"
    trained = command("train", *small_flags, *_MODEL, f"--output_dir={directory}")
    assert trained.returncode == 0, trained.stderr
    return _train_records(directory)


def test_two_workers_follow_one(alone, small_flags, tmp_path):
    outputs = _finish(_start(tmp_path / "run", [*small_flags, *_MODEL]))
    records = _train_records(tmp_path / "run")
    assert len(records) == len(alone) == 20
    # Two epochs to five decimals; the last bits of early sums grow from then on.
    for one, other in zip(records[:2], alone[:2], strict=True):
        assert one == pytest.approx(other, abs=5e-6, rel=1e-6)
    assert records[-1]["loss"] == pytest.approx(alone[-1]["loss"], rel=2e-3)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["test"]["ndcg@10"] > 0
    assert "ndcg@10" in outputs[0][0]
    assert outputs[1][0] == ""


def test_a_job_resumes_after_a_worker_was_killed(small_flags, tmp_path):
    flags = [*small_flags, *_MODEL]
    _finish(_start(tmp_path / "whole", flags))
    directory = tmp_path / "cut"
    chief, other = _start(directory, flags)
    deadline = time.monotonic() + 60
    while len(_lines(directory)) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    other.send_signal(signal.SIGKILL)
    other.communicate()
    _, errors = chief.communicate(timeout=60)
    assert chief.returncode == 2, errors
    assert errors.strip().splitlines()[-1].startswith("error: --strategy=multi_worker: another")
    stopped_at = len(_lines(directory))
    assert not (directory / "result.json").exists()
    outputs = _finish(_start(directory, flags))
    assert "resuming at step" in outputs[0][1]
    assert stopped_at < 20
    for one, other in zip(
        _train_records(directory), _train_records(tmp_path / "whole"), strict=True
    ):
        assert one == pytest.approx(other, abs=5e-6)


def _lines(directory):
    path = directory / "metrics.jsonl"
    return path.read_text().splitlines() if path.exists() else []
