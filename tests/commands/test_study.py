"""The studies' scripts as a user runs them: refused, interrupted, gone on with."""

import csv
import json
import runpy
import sys
from pathlib import Path

import pytest

from a2bm2gl_tf.commands import comparing
from a2bm2gl_tf.comparison.execution import run_cell

_SCRIPTS = Path(__file__).resolve().parents[2] / "run_scripts"
TINY = ("--num_users=60", "--num_items=50", "--num_interactions=900")
FAST = (*TINY, "--dimension=4", "--top_m=8", "--knn=4", "--epochs=2", "--evaluate_every=1")


@pytest.fixture
def script(monkeypatch, capsys, tmp_path):
    """Runs a script in this process: (exit status, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)

    def call(name, *arguments):
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *map(str, arguments)])
        monkeypatch.setattr(sys, "path", list(sys.path))
        status = 0
        try:
            runpy.run_path(str(_SCRIPTS / f"{name}.py"), run_name="__main__")
        except SystemExit as ended:
            status = ended.code
        return status, *capsys.readouterr()

    return call


@pytest.fixture
def in_this_process(monkeypatch):
    """Runs fits here, which spares the start of a process a variant; can interrupt after some."""
    left = []

    class Worker:
        def __init__(self, name, dataset, directory):
            self._dataset, self._directory = dataset, directory
            self._runs = directory / "runs" / name

        def run(self, cell):
            if left:
                left[0] -= 1
                if left[0] < 0:
                    left.clear()
                    raise KeyboardInterrupt
            path = self._directory / "per_user" / f"{cell.key}.npz"
            return run_cell(cell, self._dataset, self._runs / cell.fit_key, path)

        def stop(self):
            pass

    monkeypatch.setattr(comparing, "MethodProcess", Worker)
    return left


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("ablate", [], "--output_dir is missing"),
        ("ablate", ["--output_dir=FILE"], "--output_dir=FILE"),
        ("ablate", ["--output_dir=OUT", "--model=lightgcn"], "ablate.py is a study of a2bm2gl"),
        ("ablate", ["--output_dir=OUT", "--loss=bpr"], "--loss: ablate.py sets it itself"),
        ("ablate", ["--output_dir=OUT", "--nosemantic"], "--semantic: ablate.py sets it itself"),
        ("ablate", ["--output_dir=OUT", "--seeds=1,1"], "--seeds=1,1"),
        ("ablate", ["--output_dir=OUT", "--strategy=mirrored"], "--strategy=mirrored"),
        ("ablate", ["--output_dir=OUT", "--knn=50"], "--knn=50"),
        ("ablate", ["--output_dir=OUT", "--top_k=10,51"], "--top_k=51"),
        ("ablate", ["--output_dir=OUT", "--validation_fraction=0"], "validation"),
        ("ablate", ["--output_dir=OUT", "--refit", "--nomask_validation"], "--refit learns"),
        ("ablate", ["--output_dir=OUT", "--hops_values=3"], "hops_values"),
        ("ablate", ["--output_dir=OUT", "--table_only"], "no study there"),
        ("ablate", ["--output_dir=OTHER"], "OTHER/results.jsonl: not the results of ablate.py"),
        ("losses", ["--output_dir=OUT", "--loss=wr"], "--loss: losses.py sets it itself"),
        ("losses", ["--output_dir=OTHER", "--table_only"], "not the results of losses.py"),
        ("ablate", ["--output_dir=OUT", "--l2_scales="], "--l2_scales="),
        ("ablate", ["--output_dir=OUT", "--l2_scales=1,0"], "--l2_scales=1,0"),
        ("losses", ["--output_dir=OUT", "--l2=0", "--l2_scales=1,2"], "--l2=0 times"),
        ("sensitivity", ["--output_dir=OUT", "--hops_values=3,3"], "--hops_values=3,3"),
        ("sensitivity", ["--output_dir=OUT", "--hops_values=0"], "numbers of 1 or more"),
        ("sensitivity", ["--output_dir=OUT", "--hops_values=2.5"], "such as 3,4,5"),
        ("sensitivity", ["--output_dir=OUT", "--margin_values=-1"], "--margin_values=-1"),
        ("sensitivity", ["--output_dir=OUT", "--margin_values=nan"], "--margin_values=nan"),
        ("sensitivity", ["--output_dir=OUT", "--margin_values=inf"], "--margin_values=inf"),
        (
            "sensitivity",
            ["--output_dir=OUT", "--dimension_values=", "--hops_values=", "--margin_values="],
            "nothing is left to compare (no values)",
        ),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(script, tmp_path, name, arguments, said):
    (tmp_path / "FILE").write_text("")
    (tmp_path / "OTHER").mkdir()
    header = '{"kind": "a2bm2gl comparison", "format": 1}\n'
    (tmp_path / "OTHER" / "results.jsonl").write_text(header)
    before = sorted(tmp_path.rglob("*"))
    status, _, errors = script(name, *TINY, *arguments)
    assert status == 2
    lines = [line for line in errors.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    assert said in lines[0]
    assert sorted(tmp_path.rglob("*")) == before


def _cells(directory):
    records = [json.loads(line) for line in (directory / "results.jsonl").open()]
    return [record for record in records if record["kind"] in ("trial", "final")]


def test_interrupted_it_goes_on_and_draws(script, in_this_process, tmp_path):
    out, recipe = tmp_path / "out", tmp_path / "mine.flags"
    recipe.write_text(
        "--dataset=synthetic\n--model=a2bm2gl\n--batch_users=0\n--refresh_every=100\n"
    )
    # The recipe is for this very model, so all of it holds but for what the line itself gives.
    line = (
        "sensitivity", f"--flagfile={recipe}", *FAST, "--nosemantic", "--l2=2",
        "--seeds=1", "--dimension_values=", "--hops_values=", "--margin_values=1,2",
        f"--output_dir={out}",
    )  # fmt: skip
    in_this_process.append(2)
    status, _, errors = script(*line)
    assert status == 130, errors
    assert len(_cells(out)) == 2
    status, printed, errors = script(*line)
    assert status == 0, errors
    assert "\n2 cells (" in printed
    cells = _cells(out)
    assert len({record["key"] for record in cells}) == len(cells) == 4
    assert {record["status"] for record in cells} == {"done"}
    for record in cells:
        settings = record["settings"]
        assert (settings["loss"]["l2"], settings["training"]["epochs"]) == (2.0, 2)
        # Those of the recipe; the method's own default is a batch of 512.
        assert settings["training"]["batch_users"] == 0
        assert settings["training"]["refresh_every"] == 100
    names = sorted(path.name for path in out.iterdir() if path.is_file())
    assert names == [".lock", "margin.png", "results.jsonl", "table.csv", "table.html", "table.md"]
    assert list((out / "runs").iterdir()) == []
    with open(out / "table.csv", newline="") as file:
        rows = {row["variant"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["recipe", "margin_2"]
    assert [row["p_value_holm"] != "" for row in rows.values()] == [False, True]

    files = {path: path.read_bytes() for path in out.glob("[mt]*.*")}
    for path in files:
        path.unlink()
    status, rebuilt, _ = script("sensitivity", "--table_only", f"--output_dir={out}")
    assert status == 0
    assert printed.startswith(rebuilt)
    assert {path: path.read_bytes() for path in files} == files


def test_without_a_recipe_the_method_s_defaults_hold(script, in_this_process, tmp_path):
    out = tmp_path / "out"
    in_this_process.append(0)
    assert script("losses", *FAST, "--patience=4", "--seeds=3", f"--output_dir={out}")[0] == 130
    header, noted = map(json.loads, (out / "results.jsonl").open())
    assert header["kind"] == "a2bm2gl losses"
    comparison = noted["comparison"]
    assert comparison["reference"] == "adaptive"
    settings = [entrant["defaults"] for entrant in comparison["entrants"]]
    assert [one["training"]["batch_users"] for one in settings] == [512] * 5
    budget = [comparison["rules"][name] for name in ("epochs", "evaluate_every", "patience")]
    assert budget == [2, 1, 4]
    # The trial is the first test's fit, not another one.
    assert (comparison["rules"]["seeds"], comparison["rules"]["tuning_seed"]) == ([3], 3)


@pytest.mark.slow
def test_the_ablation_in_processes_of_its_own(command, tmp_path):
    out = tmp_path / "out"
    done = command("ablate", *FAST, "--seeds=0,1", f"--output_dir={out}")
    assert done.returncode == 0, done.stderr
    with open(out / "table.csv", newline="") as file:
        rows = {row["variant"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["full", "an", "al", "str"]
    assert len({row["ndcg@10"] for row in rows.values()}) == 4
    assert all(float(row["ndcg@10_deviation"]) > 0 for row in rows.values())
    assert {row["remarks"] for row in rows.values()} == {"2 of 2 seeds ended by the last epoch"}
    again = command("ablate", *FAST, "--seeds=0,1", f"--output_dir={out}")
    assert "\n0 cells (" in again.stdout
