"""Turns in processes of their own, extrapolation, and answers in place of numbers."""

import dataclasses
import io
import json
import subprocess
import sys
import time

import pytest

from a2bm2gl_tf.benchmarks import measurement
from a2bm2gl_tf.benchmarks.measurement import measure
from a2bm2gl_tf.benchmarks.task import Peer, load_task, save_task
from a2bm2gl_tf.benchmarks.worker import serve, time_epoch, warm_up
from a2bm2gl_tf.errors import UserError


class _Sleeper(Peer):
    def __init__(self, start, step, steps):
        self.steps_per_epoch, self._start, self._step = steps, start, step
        self.taken = 0

    def epoch(self):
        time.sleep(self._start)
        for _ in range(self.steps_per_epoch or 1):
            time.sleep(self._step)
            self.taken += 1
            yield


def test_a_whole_epoch_is_timed_to_its_end():
    answer = time_epoch(_Sleeper(0.05, 0.01, 5), max_seconds=60)
    assert answer["whole"]
    assert answer["steps"] == 5
    assert 0.1 <= answer["seconds"] < 0.4


def test_a_long_epoch_is_broken_off_and_what_comes_before_counts_once():
    peer = _Sleeper(0.2, 0.02, 50)
    answer = time_epoch(peer, max_seconds=0.3)
    assert not answer["whole"]
    assert 2 <= answer["steps"] == peer.taken < 20
    # 0.2 + 50 x 0.02 = 1.2; counting the start with each step would give over 2.
    assert 1.2 <= answer["seconds"] < 1.7


def test_a_one_piece_epoch_is_never_broken_off_and_never_warmed_up():
    peer = _Sleeper(0.05, 0.0, 0)
    assert time_epoch(peer, max_seconds=0.0)["whole"]
    warm_up(peer)
    assert peer.taken == 1
    steps = _Sleeper(0, 0, 10)
    warm_up(steps, 2)
    assert steps.taken == 2


def test_a_task_survives_its_files(small_task, tmp_path):
    save_task(small_task, tmp_path)
    settings = {"dimension": 3, "memory_bytes": 17}
    found = load_task(tmp_path, settings)
    assert (found.train != small_task.train).nnz == (found.test != small_task.test).nnz == 0
    assert (found.dimension, found.memory_bytes) == (3, 17)


def test_answers_of_a_worker(small_task, tmp_path):
    save_task(small_task, tmp_path)
    settings = {"memory_bytes": 10**9, "cores": 1}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    commands = [{"do": "build", "warm_up": True}, {"do": "epoch", "max_seconds": 9}]
    commands.append({"do": "evaluate", "k": 5})
    answers = io.StringIO()
    serve(tmp_path, "ease", io.StringIO("\n".join(map(json.dumps, commands)) + "\n"), answers)
    built, epoch, evaluated = map(json.loads, answers.getvalue().splitlines())
    assert built["note"] == "whole fit"
    assert epoch["whole"]
    assert 0 <= evaluated["recall"] <= 1
    assert evaluated["peak_bytes"] >= epoch["peak_bytes"] > 2**20


@pytest.mark.slow
def test_turns_alternate_and_missing_methods_do_not_stop_others(small_task, monkeypatch):
    asked = []
    ask = measurement._Worker.ask

    def spy(self, **command):
        asked.append((self._method, command["do"]))
        return ask(self, **command)

    monkeypatch.setattr(measurement._Worker, "ask", spy)
    task = dataclasses.replace(small_task, memory_bytes=1000)  # EASE does not fit
    ours, ease, once = measure(task, ["a2bm2gl", "ease", "lightgcn_torch_once"], 2, 60.0, k=5)
    assert "V x V" in ease.not_measured
    assert not ease.epoch_seconds
    assert len(ours.epoch_seconds) == len(ours.evaluation_seconds) == 2
    assert ours.whole
    # Three users a batch of 16: user 1 has nothing to train on.
    assert ours.steps_per_epoch == 3
    assert ours.peak_bytes > 2**26
    rounds = asked[3:]
    one_round = [("a2bm2gl", "epoch"), ("a2bm2gl", "evaluate")]
    if not once.not_measured:
        one_round.append(("lightgcn_torch_once", "evaluate"))
        assert not once.epoch_seconds
    assert rounds == one_round * 2


def test_a_dead_process_is_named(small_task, monkeypatch):
    popen = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda line, **kw: popen([sys.executable, "-c", "exit(7)"], **kw)
    )
    with pytest.raises(UserError, match="ease: its process ended with status 7"):
        measure(small_task, ["ease"], 1, 1.0)
