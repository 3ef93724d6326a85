"""A comparison as a user runs it: refused, killed, gone on with."""

import csv
import json
import signal
import time

import pytest

TINY = (
    "--num_users=60",
    "--num_items=50",
    "--num_interactions=900",
    "--methods=popularity,bpr_mf",
    "--trials=2",
    "--seeds=0,1",
    "--epochs=10",
)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--output_dir is missing"),
        (["--output_dir=FILE"], "--output_dir=FILE"),
        (["--output_dir=OUT", "--methods=bpr_mf,svd"], "--methods=bpr_mf,svd"),
        (["--output_dir=OUT", "--methods="], "--methods="),
        (["--output_dir=OUT", "--methods=bpr_mf,bpr_mf"], "each once"),
        (["--output_dir=OUT", "--seeds="], "--seeds="),
        (["--output_dir=OUT", "--seeds=0,-1"], "--seeds=0,-1"),
        (["--output_dir=OUT", "--seeds=1,1"], "each once"),
        (["--output_dir=OUT", "--trials=0"], "trials"),
        (["--output_dir=OUT", "--epochs=0"], "epochs"),
        (["--output_dir=OUT", "--monitor=ndcg@7"], "--monitor=ndcg@7"),
        (["--output_dir=OUT", "--top_k=ten"], "--top_k=ten"),
        (
            ["--output_dir=OUT", "--methods=popularity", "--refit", "--nomask_validation"],
            "--refit learns",
        ),
        (["--output_dir=OUT", "--top_k=10,51"], "--top_k=51"),
        (["--output_dir=OUT", "--dataset=ml100k"], "--data_dir"),
        (["--output_dir=OUT", "--validation_fraction=0"], "validation"),
        (["--output_dir=OUT", "--table_only"], "no comparison there"),
        (["--output_dir=OTHER"], "OTHER/results.jsonl: not the results of benchmark.py"),
        (["--output_dir=OTHER", "--table_only"], "OTHER/results.jsonl"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(in_process, tmp_path, arguments, said):
    (tmp_path / "FILE").write_text("")
    (tmp_path / "OTHER").mkdir()
    (tmp_path / "OTHER" / "results.jsonl").write_text('{"loss": 1}\n')
    before = sorted(tmp_path.rglob("*"))
    sizes = () if any("dataset" in a for a in arguments) else TINY[:3]
    status, _, errors = in_process("benchmark", *sizes, *arguments, cwd=tmp_path)
    assert status == 2
    lines = [line for line in errors.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    assert said in lines[0]
    assert sorted(tmp_path.rglob("*")) == before


def _cells(directory):
    path = directory / "results.jsonl"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    records = [json.loads(line) for line in lines if line.endswith("\n")]
    return [record for record in records if record["kind"] in ("trial", "final")]


def _comparable(record):
    timed = ("seconds", "seconds_per_epoch", "peak_memory_bytes")
    return {name: value for name, value in record.items() if name not in timed}


def _stop(command, line, signal_number, out, after):
    """Starts the command and stops it once the store has some cells; its exit status."""
    process = command.start(*line)
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None and len(_cells(out)) < after:
        time.sleep(0.02)
    assert process.poll() is None, "the comparison ended before it could be stopped"
    process.send_signal(signal_number)
    return process.wait(120)


@pytest.mark.slow
def test_killed_it_goes_on_and_gives_what_the_uninterrupted_one_does(command, in_process, tmp_path):
    out = tmp_path / "out"
    line = ("benchmark", *TINY, f"--output_dir={out}")
    assert _stop(command, line, signal.SIGKILL, out, after=4) == -signal.SIGKILL
    there = len(_cells(out))
    assert there < 7
    with open(out / "results.jsonl", "a") as file:
        file.write('{"kind": "trial", "ke')
    status, printed, errors = in_process(*line, cwd=tmp_path)
    assert status == 0, errors
    assert f"{7 - there} fits in " in printed
    cells = _cells(out)
    assert len({record["key"] for record in cells}) == len(cells) == 7
    assert {record["status"] for record in cells} == {"done"}
    assert printed.startswith((out / "table.md").read_text())
    with open(out / "table.csv", newline="") as file:
        rows = {row["method"]: row for row in csv.DictReader(file)}
    assert rows["popularity"]["ndcg@10_deviation"] == "0.0"
    assert float(rows["bpr_mf"]["ndcg@10_deviation"]) > 0
    assert list((out / "runs").iterdir()) == []

    whole = (*TINY, "--methods=bpr_mf", f"--output_dir={tmp_path / 'whole'}")
    status, _, errors = in_process("benchmark", *whole, cwd=tmp_path)
    assert status == 0, errors
    of_both = [record for record in cells if record["method"] == "bpr_mf"]
    for one, other in zip(of_both, _cells(tmp_path / "whole"), strict=True):
        assert _comparable(one) == _comparable(other)


@pytest.mark.slow
def test_interrupted_in_mid_training_it_saves_and_leaves(command, tmp_path):
    out = tmp_path / "out"
    line = ("benchmark", *TINY, "--methods=bpr_mf", "--epochs=100000", f"--output_dir={out}")
    process = command.start(*line)
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and not list(out.glob("runs/*/*/metrics.jsonl")):
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 0
    assert _cells(out) == []
    assert list(out.glob("runs/bpr_mf/*/checkpoints/latest/checkpoint"))


@pytest.mark.slow
def test_another_dataset_joins_the_table(in_process, tmp_path):
    out = f"--output_dir={tmp_path / 'out'}"
    for seed in (0, 1):
        line = (*TINY, "--methods=popularity", f"--seed={seed}", out)
        status, printed, errors = in_process("benchmark", *line, cwd=tmp_path)
        assert status == 0, errors
        assert "3 fits in " in printed
    assert printed.count("\n### synthetic: ") == 2
    tables = {path: path.read_bytes() for path in (tmp_path / "out").glob("table.*")}
    assert len(tables) == 3
    for path in tables:
        path.unlink()
    status, rebuilt, _ = in_process("benchmark", "--table_only", out, cwd=tmp_path)
    assert status == 0
    assert printed.startswith(rebuilt)
    assert {path: path.read_bytes() for path in tables} == tables
