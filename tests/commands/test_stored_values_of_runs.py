"""What a run left, damaged since: one line names the file, and nothing is guessed."""

import json

import pytest
from absl import flags

from a2bm2gl_tf.commands.flag_values import config_from_flags
from a2bm2gl_tf.commands.run_config import read_config
from a2bm2gl_tf.commands.run_result import read_result
from a2bm2gl_tf.commands.training_flags import define_training_flags
from a2bm2gl_tf.comparison.execution import _Clock
from a2bm2gl_tf.comparison.source import note_source
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.training.run_log import _keep_until, median_epoch_seconds

_METRICS = {"ndcg@10": 0.5, "num_users": 3.0}
_RESULT = {
    "model": "a2bm2gl",
    "protocol": "whole_catalogue",
    "test": _METRICS,
    "popularity": _METRICS,
    "best_step": 3,
    "seed": 0,
    "refit": False,
    "seconds": 1.5,
}


@pytest.fixture
def training_values():
    """Parsed flags of train.py."""

    def parse(*arguments):
        values = flags.FlagValues()
        define_training_flags(values)
        values(["train.py", *arguments])
        return values

    return parse


def _write(path, value):
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())


def test_a_whole_result_is_read(tmp_path):
    _write(tmp_path / "result.json", _RESULT)
    assert read_result(tmp_path) == _RESULT


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"\xff",
        [],
        {**_RESULT, "test": [1]},
        {**_RESULT, "test": {"ndcg@10": "0.5", "num_users": 3.0}},
        {**_RESULT, "popularity": {"num_users": 3.0}},
        {**_RESULT, "best_step": -1},
        {**_RESULT, "seconds": 10**400},
        {**_RESULT, "protocol": None},
        {**_RESULT, "seconds_per_epoch": "short", "peak_memory_bytes": 1},
        {**_RESULT, "seconds_per_epoch": 1.5},
        {name: part for name, part in _RESULT.items() if name != "refit"},
    ],
)
def test_a_damaged_result_is_named(tmp_path, value):
    _write(tmp_path / "result.json", value)
    with pytest.raises(UserError, match=r"result\.json: not .*; delete it"):
        read_result(tmp_path)


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("training", "learning_rate", "fast"),
        ("training", "learning_rate", float("nan")),
        ("model_config", "dimension", 10**30),
        ("evaluation", "top_k", [10, None]),
        ("data", "data_dir", 7),
    ],
)
def test_settings_of_another_type_are_named(tmp_path, training_values, part, name, value):
    config = config_from_flags(training_values("--dataset=synthetic")).to_json()
    config[part][name] = value
    _write(tmp_path / "config.json", config)
    with pytest.raises(UserError, match=rf"config\.json: not the settings of a run.*{name}"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dataset", ["synthetic"]),
        ("refit", "no"),
        ("warm_start", {"path": "/a"}),
        ("warm_start", {"path": 7, "digest": "aa"}),
        ("warm_start", [1]),
    ],
)
def test_parts_of_a_config_of_another_type_are_named(tmp_path, training_values, name, value):
    config = config_from_flags(training_values("--dataset=synthetic")).to_json()
    _write(tmp_path / "config.json", {**config, name: value})
    with pytest.raises(UserError, match=r"config\.json: not the settings of a run.*; delete it"):
        read_config(tmp_path)


_LINES = b'{"kind": "train", "step": 1, "epoch_seconds": 2}\n'


def test_a_last_line_that_was_cut_off_is_dropped(tmp_path):
    _write(tmp_path / "metrics.jsonl", _LINES + b'{"kind": "tr')
    assert median_epoch_seconds(tmp_path) == 2
    _keep_until(tmp_path / "metrics.jsonl", 1)
    assert (tmp_path / "metrics.jsonl").read_bytes() == _LINES


@pytest.mark.parametrize("line", [b"{\n", b"[1]\n", b"\xff\xfe\n", b'{"step": "1"}\n', b"\0\n"])
def test_a_damaged_line_among_others_is_left_out_and_named(tmp_path, caplog, line):
    path = tmp_path / "metrics.jsonl"
    _write(path, _LINES + line + _LINES)
    with caplog.at_level("WARNING", "a2bm2gl_tf.training.run_log"):
        assert median_epoch_seconds(tmp_path) == 2
        _keep_until(path, 1)
    assert "metrics.jsonl, line 2: damaged, no record" in caplog.text
    assert path.read_bytes() == _LINES + _LINES


@pytest.mark.parametrize("content", [b"{", b"[1]", b'"abc"', b'{"a": "b"}'])
def test_notes_of_a_fit(tmp_path, content):
    _write(tmp_path / "sources.json", content)
    with pytest.raises(UserError, match=r"sources\.json: not .*; remove the directory"):
        note_source(tmp_path)
    _write(tmp_path / "seconds.json", content)
    with pytest.raises(UserError, match=r"seconds\.json: .*; remove it"):
        _Clock(tmp_path / "seconds.json").stop(1.0)
