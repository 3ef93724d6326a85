"""The benchmark as a user runs it, and what it refuses."""

import json
import sys

import pytest

from a2bm2gl_tf.commands import benchmark_speed
from a2bm2gl_tf.commands.command_line import run
from a2bm2gl_tf.graph.propagation import usable_backends


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--methods=a2bm2gl,svd"], "--methods=a2bm2gl,svd"),
        (["--methods="], "--methods"),
        (["--methods=ease,ease"], "each once"),
        (["--cores=0"], "cores"),
        (["--cores=100000"], "--cores=100000"),
        (["--rounds=0"], "rounds"),
        (["--max_seconds=-1"], "max_seconds"),
        (["--input=nowhere"], "--input=nowhere"),
        (["--input=nowhere", "--data_dir=there"], "the one or the other"),
        (["--dataset=ml100k"], "--data_dir"),
        (["--num_items=15"], "recall at 20"),
        (["--output_dir=FILE"], "--output_dir=FILE"),
        (["--scaling"], "--output_dir"),
        (["--scaling", "--output_dir=OUT", "--scaling_sizes=5000"], "at least two"),
        (["--scaling", "--output_dir=OUT", "--scaling_sizes=5000,1e6"], "1e6"),
        (["--scaling", "--output_dir=OUT", "--scaling_sizes=10,9000"], "--scaling_sizes=10,9000"),
    ],
)
def test_mistakes_are_one_line(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").write_text("")
    monkeypatch.setattr(sys, "argv", ["benchmark_speed.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        run(benchmark_speed.main, benchmark_speed.define_flags)
    assert ended.value.code == 2
    errors = capsys.readouterr().err.splitlines()
    assert len([line for line in errors if line.startswith("error:")]) == 1
    assert said in errors[-1]
    assert [path.name for path in tmp_path.rglob("*")] == ["FILE"]


def test_data_without_a_test_part_is_refused(tmp_path, monkeypatch, capsys):
    path = tmp_path / "ratings.csv"
    path.write_text("user,item\n" + "".join(f"u{n},i{n % 5}\n" for n in range(30)))
    monkeypatch.setattr(sys, "argv", ["benchmark_speed.py", f"--input={path}"])
    with pytest.raises(SystemExit) as ended:
        run(benchmark_speed.main, benchmark_speed.define_flags)
    assert ended.value.code == 2
    assert "no test part" in capsys.readouterr().err


@pytest.mark.slow
def test_lists_in_lightgcn_layout_give_a_table_in_three_forms(command, tmp_path):
    lists = tmp_path / "lists"
    lists.mkdir()
    trained = [f"{u} " + " ".join(str((u + 3 * n) % 25) for n in range(6)) for u in range(30)]
    tested = [f"{u} {(u + 20) % 25} {u % 25}" for u in range(30)]  # the second was trained on
    (lists / "train.txt").write_text("\n".join(trained) + "\n")
    (lists / "test.txt").write_text("\n".join(tested) + "\n")
    out = tmp_path / "out"
    finished = command(
        "benchmark_speed",
        f"--input={lists}",
        "--methods=a2bm2gl,ease",
        "--rounds=1",
        "--cores=1",
        "--dimension=4",
        f"--output_dir={out}",
    )
    assert finished.returncode == 0, finished.stderr
    assert "lists: 30 users, 25 items, 180 + 30 interactions; d = 4" in finished.stdout
    assert finished.stdout == (out / "speed.md").read_text()
    assert (out / "speed.csv").read_text().splitlines()[2].startswith('"EASE, NumPy",')
    record = json.loads((out / "speed.json").read_text())
    assert [method["method"] for method in record["methods"]] == ["a2bm2gl", "ease"]
    assert all(len(method["epoch_seconds"]) == 1 for method in record["methods"])
    assert [timing["backend"] for timing in record["backends"]] == usable_backends()
    assert all(timing["forward"] > 0 for timing in record["backends"])
    assert "| segment |" in finished.stdout


@pytest.mark.slow
def test_scaling_draws_and_fits(command, tmp_path):
    pytest.importorskip("matplotlib")
    finished = command(
        "benchmark_speed",
        "--scaling",
        "--scaling_sizes=9000,5000",
        "--rounds=1",
        "--cores=1",
        "--dimension=4",
        "--steps_per_epoch=5",
        f"--output_dir={tmp_path}",
    )
    assert finished.returncode == 0, finished.stderr
    assert "fitted exponent" in finished.stdout
    record = json.loads((tmp_path / "scaling.json").read_text())
    small, large = record["points"]
    assert small["interactions"] < large["interactions"]
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")
