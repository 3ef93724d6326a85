"""A search as a user runs it: refused, run without the test split, killed, gone on with."""

import csv
import dataclasses
import json
import signal
import time

import pytest
from absl import flags

from a2bm2gl_tf.commands import recipes, train, tune
from a2bm2gl_tf.commands.flag_values import config_from_flags
from a2bm2gl_tf.commands.tune_flags import budget_of_flags, define_flags, space_of_flags
from a2bm2gl_tf.methods.registry import METHODS
from a2bm2gl_tf.methods.settings import with_settings
from a2bm2gl_tf.tuning.space import Choices, size_of

TINY = (
    "--model=bpr_mf",
    "--num_users=40",
    "--num_items=30",
    "--num_interactions=500",
    "--dimension=4",
    "--epochs=6",
    "--evaluate_every=3",
)
SPACE = ("--space=learning_rate=1e-3:1e-1:log", "--space=l2=0.1,1")


class _Untouchable:
    """A test split that nobody may read."""

    def __getattribute__(self, name):
        raise AssertionError(f"the test split was asked for {name}")

    def __reduce_ex__(self, protocol):
        raise AssertionError("the test split was sent somewhere")


def _values(command, *arguments):
    values = flags.FlagValues()
    command(values)
    recipes.parse(values, "tune.py", arguments)
    return values


def _trials(out, *left_out):
    with open(out / "trials.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if k not in ("seconds", *left_out)} for row in rows]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--output_dir is missing"),
        (["--output_dir=FILE"], "--output_dir=FILE"),
        (["--output_dir=OUT", "--search=bayes"], "search"),
        (["--output_dir=OUT", "--pruning=hyperband"], "pruning"),
        (["--output_dir=OUT", "--trials=0"], "trials"),
        (["--output_dir=OUT", "--workers=0"], "workers"),
        (["--output_dir=OUT", "--folds=1"], "--folds=1"),
        (["--output_dir=OUT", "--folds=-2"], "folds"),
        (["--output_dir=OUT", "--seeds="], "--seeds="),
        (["--output_dir=OUT", "--seeds=1,1"], "each once"),
        (["--output_dir=OUT", "--model=popularity"], "no registered grid"),
        (["--output_dir=OUT", "--strategy=mirrored"], "--strategy=mirrored"),
        (["--output_dir=OUT", "--space=width=1,2"], "--space=width=1,2"),
        (["--output_dir=OUT", "--space=dimension=0,8"], "--space=dimension=0,8: '0'"),
        (["--output_dir=OUT", "--space=loss=bpr,hinge"], "--space=loss=bpr,hinge: 'hinge'"),
        (["--output_dir=OUT", "--space=dropout=-1:0.5"], "--space=dropout=-1:0.5: '-1'"),
        (["--output_dir=OUT", "--space=semantic=true:false"], "is no number"),
        (
            ["--output_dir=OUT", "--model=freedom", "--space=own.pruned=a,b"],
            "'a' is no value of own.pruned",
        ),
        (["--output_dir=OUT", "--search=grid", "--space=l2=0:1"], "--search=grid"),
        (["--output_dir=OUT", "--search=one_at_a_time", "--space=l2=0:1"], "list the values"),
        (
            ["--output_dir=OUT", "--search=one_at_a_time", "--space=dimension=4"],
            "--space=dimension=4: that is what the recipe has",
        ),
        (["--output_dir=OUT", "--monitor=ndcg@7"], "--monitor=ndcg@7"),
        (["--output_dir=OUT", "--validation_fraction=0"], "validation"),
        (["--output_dir=OTHER"], "OTHER holds another search (rules.folds was 3 and is 0"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(in_process, tmp_path, arguments, said):
    (tmp_path / "FILE").write_text("")
    (tmp_path / "OTHER").mkdir()
    other = _identity_of(*TINY, *SPACE, "--folds=3")
    (tmp_path / "OTHER" / "study.json").write_text(json.dumps(other))
    before = sorted(tmp_path.rglob("*"))
    given = [] if any("space" in a or "--model" in a for a in arguments) else SPACE
    status, _, errors = in_process("tune", *TINY, *given, *arguments, cwd=tmp_path)
    assert status == 2
    lines = [line for line in errors.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    assert said in lines[0]
    assert sorted(tmp_path.rglob("*")) == before


def _identity_of(*arguments):
    values = _values(define_flags, *arguments)
    config = config_from_flags(values)
    dataset = tune.without_test(tune.load_dataset(values.dataset, config.data))
    rules = tune.tune_flags.rules_of_flags(values)
    return json.loads(json.dumps(tune._identity(config, dataset, space_of_flags(values), rules)))


def test_the_test_split_is_never_touched_and_train_takes_the_best(
    in_process, tmp_path, monkeypatch
):
    load = tune.load_dataset

    def without(*arguments):
        dataset = load(*arguments)
        object.__setattr__(dataset, "test", _Untouchable())
        return dataset

    with pytest.raises(AssertionError, match="nnz"):
        without("synthetic", _config(*TINY).data).test.nnz  # noqa: B018 - the trap works
    monkeypatch.setattr(tune, "load_dataset", without)
    out = tmp_path / "out"
    given = (*TINY, *SPACE, "--space=dropout=0,1", "--refit")
    line = (*given, "--folds=2", "--trials=4", "--tuning_seed=3", f"--output_dir={out}")
    status, printed, errors = in_process("tune", *line, cwd=tmp_path)
    assert status == 0, errors
    trials = _trials(out)
    assert {trial["state"] for trial in trials} == {"done", "failed"}
    for trial in trials:
        failed = trial["state"] == "failed"
        assert failed == (float(trial["dropout"]) == 1)
        assert trial["reason"] == ("--dropout=1.0 must be below 1" if failed else "")
        assert len(trial["values"].split()) == (0 if failed else 2)
    best = max(trials, key=lambda trial: float(trial["value"] or 0))
    assert f"best: trial {best['trial']}, ndcg@10 {float(best['value']):.4f} ± " in printed
    shown = (out / "tune.html").read_text()
    assert shown.count("<img ") == 4
    assert sorted(path.name for path in out.iterdir() if path.name != ".lock") == [
        "best.flags",
        "dropout.png",
        "history.png",
        "l2.png",
        "learning_rate.png",
        "logs",
        "study.journal",
        "study.json",
        "trials.csv",
        "tune.html",
    ]

    picked = {name: float(best[name]) for name in ("learning_rate", "l2", "dropout")}
    wanted = with_settings(_config(*TINY, "--refit"), picked)
    assert _config(f"--flagfile={out}/best.flags") == wanted
    run = ("train", f"--flagfile={out}/best.flags", f"--output_dir={tmp_path / 'run'}")
    status, printed, errors = in_process(*run, cwd=tmp_path)
    assert status == 0, errors
    assert "test metrics" in printed

    # Nothing is left to do, and the same files come out.
    before = {name: (out / name).read_bytes() for name in ("best.flags", "trials.csv")}
    status, printed, errors = in_process("tune", *line, cwd=tmp_path)
    assert status == 0, errors
    assert "\n0 fits in " in printed
    assert before == {name: (out / name).read_bytes() for name in before}


def test_one_change_at_a_time_around_what_the_flags_say(in_process, tmp_path):
    out = tmp_path / "out"
    line = (*TINY, "--search=one_at_a_time", "--folds=2", f"--output_dir={out}")
    line += ("--space=l2=0.1,5",)
    status, printed, errors = in_process("tune", *line, "--space=dimension=4,6", cwd=tmp_path)
    assert status == 0, errors
    trials = _trials(out)
    # The method's own L2 weight comes first though it is not named.
    own = METHODS["bpr_mf"].fit_settings().loss.l2
    assert [(float(t["l2"]), int(t["dimension"])) for t in trials] == [
        (own, 4),
        (0.1, 4),
        (5.0, 4),
        (own, 6),
    ]
    rows = [line.split("|")[1].strip() for line in printed.splitlines() if line.startswith("| ")]
    assert rows[2:] == ["the recipe", "l2=0.1", "l2=5.0", "dimension=6"]
    assert (out / "changes.png").read_bytes().startswith(b"\x89PNG")
    assert "Changes of one setting" in (out / "tune.html").read_text()


def _config(*arguments):
    return config_from_flags(_values(train.define_flags, *arguments))


def test_every_method_has_a_space_that_its_flags_can_say(tmp_path):
    for name, method in METHODS.items():
        if not method.search:
            continue
        values = _values(define_flags, f"--model={name}")
        space = space_of_flags(values)
        assert {one.name: one.values for one in space} == {
            key: tuple(choices) for key, choices in method.search.items()
        }
        picked = {one.name: one.values[-1] for one in space}
        record = dataclasses.make_dataclass(
            "Record", ["number", "value", "deviation", "picked", "fits"]
        )(1, 0.5, None, picked, [None])
        path = tmp_path / f"{name}.flags"
        path.write_text(tune.best_flagfile(values, record, "ndcg@10"))
        config = _config(f"--model={name}")
        assert _config(f"--flagfile={path}") == with_settings(config, picked)


def test_the_papers_grid():
    values = _values(define_flags, "--flagfile=ml100k.flags", "--flagfile=tune_paper.flags")
    space = space_of_flags(values)
    assert space == (
        Choices("dimension", (100, 150, 200, 250, 300, 350)),
        Choices("learning_rate", (1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2)),
        Choices("l2", (0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-6)),
    )
    assert (values.search, values.folds, values.dataset) == ("grid", 5, "ml100k")
    assert size_of(space) == 288
    assert budget_of_flags(values, space) == 30
    assert budget_of_flags(_values(define_flags, "--search=grid", "--space=l2=0,1"), space[:1]) == 6


@pytest.mark.slow
def test_killed_it_goes_on_and_gives_what_the_uninterrupted_one_does(command, in_process, tmp_path):
    out = tmp_path / "out"
    line = (*TINY, *SPACE, "--trials=7", "--pruning=median")
    process = command.start("tune", *line, f"--output_dir={out}")
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        journal = out / "study.journal"
        if journal.exists() and journal.read_text().count('"fits"') >= 2:
            break
        time.sleep(0.02)
    assert process.poll() is None, "the search ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    assert process.wait(120) == -signal.SIGKILL
    with open(out / "study.journal", "a") as file:
        file.write('{"op_code": 4, "tr')
    for directory in (out, tmp_path / "whole"):
        status, _, errors = in_process("tune", *line, f"--output_dir={directory}", cwd=tmp_path)
        assert status == 0, errors
    assert _trials(out) == _trials(tmp_path / "whole")
    assert len(_trials(out)) == 7
    assert (out / "best.flags").read_bytes() == (tmp_path / "whole" / "best.flags").read_bytes()


@pytest.mark.slow
def test_several_workers_share_a_study_and_interrupted_they_leave(command, in_process, tmp_path):
    out = tmp_path / "out"
    line = ("tune", *TINY, *SPACE, "--trials=4", "--workers=2", f"--output_dir={out}")
    process = command.start(*line)
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and not list(out.glob("runs/*/*/metrics.jsonl")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 130
    assert (out / "trials.csv").is_file()
    status, printed, errors = in_process(*line, cwd=tmp_path)
    assert status == 0, errors
    assert "4 trials: 4 done" in printed
    assert len(list((out / "logs").iterdir())) == 2
