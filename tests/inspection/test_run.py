import json

import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.inspection.kinds import summarise
from a2bm2gl_tf.inspection.side_by_side import differing_settings, table_of_runs
from a2bm2gl_tf.inspection.text import size_text, text_of
from a2bm2gl_tf.training.process_identity import own_process

_TRAINING = {"monitor": "ndcg@10", "epochs": 8, "patience": 2, "seed": 4, "learning_rate": 0.1}
_ABOUT = {
    "dataset": {
        "name": "toy",
        "fingerprint": "abc",
        "split": "given",
        "users": 1200,
        "items": 30,
        "train": 5000,
        "validation": 60,
        "test": 70,
        "modalities": {"image": 3},
    },
    "changed": {"learning_rate": 0.1},
    "versions": {"a2bm2gl_tf": "0.1.0"},
    "estimated_memory_bytes": 2**30,
}


def _write(directory, name, value):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(json.dumps(value))


def _run(directory, status=None, result=None, **training):
    config = {"dataset": "toy", "model": "m", "refit": False, "data": {"data_dir": "/a/b"}}
    _write(directory, "config.json", config | {"training": _TRAINING | training})
    records = [
        {"kind": "train", "step": 5, "epoch": 1, "epoch_seconds": 2.0},
        {"kind": "validation", "step": 5, "epoch": 1, "ndcg@10": 0.25},
        {"kind": "train", "step": 10, "epoch": 2, "epoch_seconds": 4.0},
        # Not better than the first, so that stays the best.
        {"kind": "validation", "step": 10, "epoch": 2, "ndcg@10": 0.25},
        {"kind": "train", "step": 15, "epoch": 3, "epoch_seconds": 9.0},
    ]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (directory / "metrics.jsonl").write_text(lines + '{"kind": "tra')
    if status:
        _write(directory, "status.json", {"about": _ABOUT, "starts": 1, **status})
    if result:
        _write(directory, "result.json", result)
    return directory


def _result(stopped):
    return {
        "best_step": 5,
        "validation": {"ndcg@10": 0.25},
        "test": {"ndcg@10": 0.125, "num_users": 9.0},
        "protocol": "whole_catalogue",
        "stopped": stopped,
        "data": "abc",
        "versions": {"a2bm2gl_tf": "0.1.0", "tensorflow": "2.21.0"},
        "peak_memory_bytes": 2**31,
    }


def test_how_far_a_run_is_and_its_best_step(tmp_path):
    run = summarise(_run(tmp_path, {"state": "interrupted", "reason": "interrupted by SIGTERM"}))
    assert (run["step"], run["epoch"], run["epochs"], run["steps_per_epoch"]) == (15, 3, 8, 5)
    assert (run["best_step"], run["best_value"], run["monitor"]) == (5, 0.25, "ndcg@10")
    assert run["seconds_per_epoch"] == 4.0
    assert run["dataset"]["users"] == 1200
    assert run["state"] == "interrupted"
    text = text_of(run)
    for part in (
        "interrupted by SIGTERM; the same command goes on from there",
        "1,200 users, 30 items, 5,000 + 60 + 70 interactions (given); modalities: image 3; "
        "fingerprint abc",
        "--learning_rate=0.1",
        "epoch 3 of at most 8, step 15",
        "step 5, ndcg@10 0.2500 (validation)",
        "4 s an epoch",
        "1.00 GiB estimated",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("stopped", "why"),
    [
        ("epochs", "all epochs are done"),
        ("patience", "stopped early: 2 validations without improvement (--patience)"),
        ("nothing to train", "it has nothing to train by gradient steps"),
    ],
)
def test_a_finished_run_says_which_rule_stopped_it(tmp_path, stopped, why):
    run = summarise(_run(tmp_path, {"state": "finished"}, _result(stopped)))
    assert (run["state"], run["why"]) == ("finished", why)
    assert run["test"]["ndcg@10"] == 0.125
    assert "2.00 GiB peak, 1.00 GiB estimated" in text_of(run)


def test_a_run_of_an_earlier_version_is_read_as_far_as_it_goes(tmp_path):
    run = summarise(_run(tmp_path, result=_result("epochs")))
    assert run["state"] == "finished"
    assert run["dataset"] == {"name": "toy", "fingerprint": "abc"}
    assert "not recorded" in text_of(run)
    unfinished = summarise(_run(tmp_path / "other"))
    assert unfinished["state"] == "unfinished"
    assert unfinished["why"].startswith("it does not say")


def test_running_killed_and_not_to_be_told_apart(tmp_path):
    process = own_process()
    killed = process | {"started": process["started"] + 1}
    elsewhere = process | {"boot": "0" * 16}
    states = [
        summarise(_run(tmp_path / str(number), {"state": "running", "process": one}))
        for number, one in enumerate((process, killed, elsewhere))
    ]
    assert [run["state"] for run in states] == ["running", "killed", "unknown"]
    assert states[0]["why"] == f"still running, process {process['pid']}"
    assert states[1]["why"].startswith("killed without a word")


def test_divergence_and_failure_give_their_reason(tmp_path):
    for state in ("diverged", "failed"):
        run = summarise(_run(tmp_path / state, {"state": state, "reason": "step 7: rec is nan"}))
        assert (run["state"], run["why"]) == (state, "step 7: rec is nan")


def test_runs_side_by_side_show_what_differs_and_nothing_else(tmp_path):
    one = summarise(_run(tmp_path / "one", {"state": "finished"}, _result("epochs")))
    other = _run(tmp_path / "two", {"state": "failed", "reason": "r"}, learning_rate=0.5, seed=4)
    other = summarise(other)
    assert differing_settings([one, other]) == {"training.learning_rate": [0.1, 0.5]}
    lines = [line.split() for line in table_of_runs([one, other]).splitlines()]
    assert ["training.learning_rate", "0.1", "0.5"] in lines
    assert ["test", "ndcg@10", "0.1250", "-"] in lines
    assert ["state", "finished", "failed"] in lines
    assert "data_dir" not in json.dumps([one, other])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", "{", "config.json: not valid JSON"),
        ("config.json", "[]", "config.json: not a JSON object"),
        ("config.json", "{}", "not the files of a run of this version"),
        ("config.json", b"\xff\xfe", "config.json: not valid JSON"),
        ("metrics.jsonl", "{}\nx\n", "metrics.jsonl, line 2: not valid JSON"),
        ("metrics.jsonl", "7\n", "metrics.jsonl, line 1: not a JSON object"),
        ("metrics.jsonl", "{}\n", "not the files of a run of this version"),
        ("status.json", "no", "status.json: not the status of a run"),
        ("result.json", "{}", "not the files of a run of this version"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, name, content, message):
    _run(tmp_path)
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError) as error:
        summarise(tmp_path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_sizes_have_a_unit_of_their_own():
    assert [size_text(n) for n in (0, 1023, 1024, 1536, 2**20 - 1, 3 * 2**30)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "1.5 KiB",
        "1024.0 KiB",
        "3.0 GiB",
    ]


def _damaged(directory, name, place, value):
    """A finished run of which one value of one file is another."""
    _run(directory, {"state": "finished"}, _result("epochs"))
    whole = json.loads((directory / name).read_text())
    *parents, last = place
    part = whole
    for parent in parents:
        part = part[parent]
    part[last] = value
    _write(directory, name, whole)
    return directory


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("result.json", ["test", "ndcg@10"], "0.5"),
        ("result.json", ["test", "ndcg@10"], None),
        ("result.json", ["test"], [0.5]),
        ("result.json", ["validation", "ndcg@10"], "0.5"),
        ("result.json", ["best_step"], [5]),
        ("result.json", ["versions"], ["2.21"]),
        ("result.json", ["peak_memory_bytes"], "much"),
        ("status.json", ["about", "dataset", "users"], "x"),
        ("status.json", ["about", "dataset", "modalities"], [3]),
        ("status.json", ["about", "dataset"], {"users": 3}),
        ("status.json", ["about", "dataset"], [3]),
        ("status.json", ["about", "changed"], "all"),
        ("status.json", ["about", "estimated_memory_bytes"], 10**400),
        ("config.json", ["model"], ["m"]),
        ("config.json", ["refit"], "no"),
        ("config.json", ["training", "epochs"], "many"),
        ("config.json", ["training", "seed"], None),
    ],
)
def test_a_value_of_another_type_is_one_line(tmp_path, name, place, value):
    with pytest.raises(UserError, match="not the files of a run of this version"):
        summarise(_damaged(tmp_path, name, place, value))
