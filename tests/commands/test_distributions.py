"""distributions.py on tiny runs of the generated data."""

import csv
import dataclasses
import json
import sys

import keras
import numpy as np
import pytest
import scipy.sparse as sp
from PIL import Image

from a2bm2gl_tf.commands import train
from a2bm2gl_tf.commands.command_line import run as run_command
from a2bm2gl_tf.commands.distribution_sources import distributions_of_run
from a2bm2gl_tf.commands.distributions import _chosen_users
from a2bm2gl_tf.commands.runs import load_run
from a2bm2gl_tf.errors import UserError

TINY = ("--num_users=80", "--num_items=60", "--num_interactions=1600", "--epochs=4")
_PAGE = "distributions.html"

# One process, because the runs are trained once in it.
pytestmark = pytest.mark.xdist_group("distributions")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with two finished runs of the adaptive loss, and one of a closed form."""
    folder = tmp_path_factory.mktemp("runs")
    small = ("--model=lightgcn", "--loss=adaptive", "--dimension=8", "--batch_users=40", "--refit")
    runs = {"run": small, "seed1": (*small, "--seed=1"), "ease": ("--model=ease",)}
    for name, extra in runs.items():
        with pytest.MonkeyPatch.context() as patch:
            line = ["train.py", *TINY, *extra, f"--output_dir={folder / name}"]
            patch.setattr(sys, "argv", line)
            run_command(train.main, train.define_flags)
    keras.config.set_dtype_policy("float32")
    return folder


def _rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_scores_boundaries_and_pictures_of_a_run(in_process, folder):
    arguments = ("--output_dir=run", "--users=user0007,user0003", "--train_ideal")
    status, printed, errors = in_process("distributions", *arguments, cwd=folder)
    assert status == 0, errors
    assert printed.splitlines()[-1] == f"report in run/distributions/{_PAGE}"
    report = folder / "run" / "distributions"
    run = load_run(folder / "run")
    users, items = (matrix.numpy() for matrix in run.model.embeddings())
    rows = _rows(report / "scores.csv")
    assert [row["user"] for row in rows] == ["user0007"] * 60 + ["user0003"] * 60
    expected = (users[[7, 3]] @ items.T).ravel()
    found = np.array([float(row["predicted"]) for row in rows])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    # The run was refitted, so its validation items are training items.
    learned = (run.dataset.train + run.dataset.validation)[[7, 3]].toarray().ravel() > 0
    assert [row["kind"] == "training" for row in rows] == learned.tolist()
    summary = _rows(report / "summary.csv")
    assert [row["source"] for row in summary[:3]] == ["predicted", "ideal", "planted"]
    # Both models have boundaries of their own; a loss that was never trained has its margin.
    assert summary[0]["upper"] != summary[1]["upper"]
    assert abs(float(summary[1]["upper"]) - float(summary[0]["upper"])) < 0.5
    ideal = _rows(report / "users.csv")[7]
    assert ideal["ideal_upper"] == summary[1]["upper"]
    assert summary[2]["upper"] == ""
    everyone = {row["user"]: row for row in _rows(report / "users.csv")}
    assert len(everyone) == 80
    for row in summary:
        if row["source"] == "predicted":
            other = everyone[row["user"]]
            assert (row["upper"], row["lower"]) == (other["upper"], other["lower"])
            test = float(other["predicted_mean_test"])
            assert float(row["test_mean"]) == pytest.approx(test, rel=1e-4, abs=1e-6)
    pictures = sorted(report.glob("*.png"))
    assert len(pictures) == 4 + 5
    for picture in pictures:
        with Image.open(picture) as image:
            assert len(image.convert("RGB").getcolors(2**20)) > 20
    assert (report / _PAGE).read_text().count("data:image/png") == len(pictures)


def test_the_ideal_model_is_trained_once(in_process, folder, monkeypatch):
    monkeypatch.setattr("a2bm2gl_tf.commands.distributions.distribution_pictures", lambda data: {})
    report = folder / "run" / "distributions"
    if not report.exists():
        in_process("distributions", "--output_dir=run", "--train_ideal", cwd=folder)
    before = (report / "users.csv").read_bytes()
    steps = (folder / "run" / "ideal" / "metrics.jsonl").read_bytes()
    status, _, errors = in_process(
        "distributions", "--output_dir=run", "--train_ideal", "--report_dir=again", cwd=folder
    )
    assert status == 0, errors
    assert (folder / "again" / "users.csv").read_bytes() == before
    assert (folder / "run" / "ideal" / "metrics.jsonl").read_bytes() == steps
    record = json.loads((folder / "run" / "result.json").read_text())
    last = json.loads(steps.splitlines()[-1])
    assert last["step"] == record["best_step"]
    means = [_means(folder / "again" / "users.csv", name) for name in ("predicted", "ideal")]
    assert not np.allclose(*means)


def _means(path, name):
    return [float(row[f"{name}_mean_test"]) for row in _rows(path)]


def test_a_closed_form_has_scores_and_no_boundaries(in_process, folder):
    status, printed, errors = in_process("distributions", "--output_dir=ease", cwd=folder)
    assert status == 0, errors
    assert "has no boundaries" in printed
    assert "closed form" in printed
    report = folder / "ease" / "distributions"
    assert "upper" not in _rows(report / "users.csv")[0]
    assert not (report / "boundaries.png").exists()
    run = load_run(folder / "ease")
    picked = list(dict.fromkeys(row["user"] for row in _rows(report / "scores.csv")))
    degrees = [run.dataset.train[int(user[4:])].nnz for user in picked]
    assert degrees == sorted(degrees)
    assert len(picked) == 3


def test_a_loss_that_was_never_trained_has_no_boundaries(folder):
    run = load_run(folder / "run")
    found = [
        distributions_of_run(one, np.array([0]), "").boundaries
        for one in (run, dataclasses.replace(run, step=0))
    ]
    assert found[0]["predicted"].shape == (80, 2)
    assert found[1] == {}


def test_other_seeds_are_told_beside_the_run(in_process, folder):
    arguments = ("--output_dir=run", "--seed_runs=seed1", "--report_dir=seeds")
    status, printed, errors = in_process("distributions", *arguments, cwd=folder)
    assert status == 0, errors
    assert "Over seeds" in printed
    rows = _rows(folder / "seeds" / "seeds.csv")
    assert {row["seed"] for row in rows} == {"0", "1"}
    found = {(row["quantity"], row["seed"]): float(row["value"]) for row in rows}
    for place, name in ((0, "run"), (1, "seed1")):
        run = load_run(folder / name)
        users, items = (matrix.numpy() for matrix in run.model.embeddings())
        learned = run.trained_on.train.toarray() > 0
        scores = users @ items.T
        per_user = [scores[row][learned[row]].mean() for row in range(80) if learned[row].any()]
        expected = pytest.approx(np.mean(per_user), rel=1e-4)
        assert found["mean score, training", str(place)] == expected
    assert (folder / "seeds" / "seeds.png").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--output_dir"),
        (["--output_dir=nowhere"], "config.json is missing"),
        (["--output_dir=unfinished"], "not finished"),
        (["--output_dir=ease", "--users=user0001,nobody"], "--users=nobody"),
        (["--output_dir=ease", "--report_dir=run"], "left alone"),
        (["--output_dir=ease", "--report_dir=ease/config.json"], "is a file"),
        (["--output_dir=ease", "--report_dir=ease/config.json/deep"], "--report_dir="),
        (["--output_dir=other"], "was measured on other data"),
        (["--output_dir=run", "--seed_runs=nowhere"], "--seed_runs=nowhere: no run there"),
        (["--output_dir=run", "--seed_runs=seed1,"], "--seed_runs: an entry is empty"),
        (["--output_dir=run", "--seed_runs=unfinished"], "--seed_runs=unfinished: the run is not"),
        (["--output_dir=run", "--seed_runs=run"], "--seed_runs=run: has seed 0, as another run"),
        (["--output_dir=run", "--seed_runs=seed1,seed1"], "has seed 1, as another run"),
        (["--output_dir=run", "--seed_runs=ease"], "in more than the seed (loss.l2 was"),
    ],
)
def test_mistakes_are_one_line(in_process, folder, arguments, said):
    for name, change in (("unfinished", None), ("other", "0" * 16)):
        (folder / name).mkdir(exist_ok=True)
        for file in ("config.json", "result.json"):
            record = json.loads((folder / "ease" / file).read_text())
            if file == "result.json":
                record["data"] = change
            if file == "config.json" or change:
                (folder / name / file).write_text(json.dumps(record))
    before = sorted(folder.rglob("*"))
    status, output, errors = in_process("distributions", *arguments, cwd=folder)
    assert (status, output) == (2, "")
    assert len([line for line in errors.splitlines() if line.startswith("error:")]) == 1
    assert said in errors.splitlines()[-1]
    assert sorted(folder.rglob("*")) == before


def test_users_without_anything_to_draw(small_dataset):
    keep = sp.diags_array(np.r_[0, np.ones(small_dataset.num_users - 1)])
    emptied = dataclasses.replace(
        small_dataset,
        user_ids=np.arange(small_dataset.num_users) + 100,
        **{name: sp.csr_matrix(keep @ getattr(small_dataset, name)) for name in ("train", "test")},
    )
    for matrix in (emptied.train, emptied.test):
        matrix.eliminate_zeros()
    with pytest.raises(UserError, match="neither training nor test items"):
        _chosen_users(emptied, ["101", "100"])
    assert _chosen_users(emptied, ["103", "+101", "101"])[0].tolist() == [3, 1]
    for unknown in ("99", "1e2", "101.0"):
        with pytest.raises(UserError, match=r"--users=.*no such user"):
            _chosen_users(emptied, [unknown])
    nobody = dataclasses.replace(emptied, test=sp.csr_matrix(emptied.test.shape))
    with pytest.raises(UserError, match="2 test items"):
        _chosen_users(nobody, [])
