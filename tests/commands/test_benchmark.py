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


@pytest.mark.slow
def test_killed_and_interrupted_it_goes_on_and_gives_the_same_table(command, tmp_path):
    line = ("benchmark", *TINY, f"--output_dir={tmp_path / 'out'}")
    for stop, after in ((signal.SIGKILL, 1), (signal.SIGINT, 4)):
        process = command.start(*line)
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and process.poll() is None:
            if len(_cells(tmp_path / "out")) >= after:
                break
            time.sleep(0.05)
        assert process.poll() is None, "the comparison ended before it could be stopped"
        process.send_signal(stop)
        assert process.wait(90) == (130 if stop == signal.SIGINT else -9)
    there = len(_cells(tmp_path / "out"))
    assert there < 7
    with open(tmp_path / "out" / "results.jsonl", "a") as file:
        file.write('{"kind": "trial", "ke')
    finished = command(*line)
    assert finished.returncode == 0, finished.stderr
    assert f"{7 - there} fits in " in finished.stdout
    cells = _cells(tmp_path / "out")
    assert len({record["key"] for record in cells}) == len(cells) == 7
    assert {record["status"] for record in cells} == {"done"}
    text = (tmp_path / "out" / "table.md").read_text()
    assert finished.stdout.startswith(text)
    assert "| BPR-MF |" in text
    with open(tmp_path / "out" / "table.csv", newline="") as file:
        rows = {row["method"]: row for row in csv.DictReader(file)}
    assert rows["popularity"]["ndcg@10_deviation"] == "0.0"
    assert float(rows["bpr_mf"]["ndcg@10_deviation"]) > 0
    assert list((tmp_path / "out" / "runs").iterdir()) == []

    # The uninterrupted comparison has the same numbers.
    whole = command("benchmark", *TINY, f"--output_dir={tmp_path / 'whole'}")
    assert whole.returncode == 0, whole.stderr
    for one, other in zip(cells, _cells(tmp_path / "whole"), strict=True):
        assert _comparable(one) == _comparable(other)

    # Another dataset joins it, and nothing of the first is run again.
    more = command("benchmark", *TINY, "--seed=1", "--methods=popularity", line[-1])
    assert more.returncode == 0, more.stderr
    assert "3 fits in " in more.stdout
    assert more.stdout.count("\n### synthetic: ") == 2
    for path in (tmp_path / "out").glob("table.*"):
        path.unlink()
    rebuilt = command("benchmark", "--table_only", line[-1])
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert more.stdout.startswith(rebuilt.stdout)
    assert (tmp_path / "out" / "table.html").is_file()
