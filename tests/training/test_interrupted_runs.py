"""Runs that are signalled or killed, and resumed."""

import concurrent.futures
import copy
import dataclasses
import itertools
import json
import os
import signal

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.losses.registry import build_loss
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training.checkpoints import RunCheckpoints
from a2bm2gl_tf.training.config import TrainingConfig
from a2bm2gl_tf.training.trainer import Trainer

# Epochs have three steps: validations after steps 6, 12 and 18, refreshes after 6 and 12.
CONFIG = TrainingConfig(
    epochs=6, batch_users=25, evaluate_every=2, patience=0, refresh_every=2, monitor="value"
)


pytestmark = pytest.mark.usefixtures("handlers_of_the_commands")


def _build(dataset, directory, config=CONFIG):
    model = build_model("bpr_mf", dataset, ModelConfig(dimension=4, dropout=0.2))
    loss_config = LossConfig(name="bpr", l2=0.1)
    recommendation = build_loss(
        loss_config, 4, np.asarray(dataset.train.sum(axis=0)).ravel(), dataset.num_users
    )
    objective = Objective(recommendation, loss_config, dataset.num_users)

    def validate(candidate):
        return {"value": float(tf.reduce_sum(candidate.embeddings()[0][:, :-1]))}

    return Trainer(model, objective, dataset.train, validate, config, directory)


@pytest.fixture(scope="module")
def start(small_dataset, tmp_path_factory):
    """Makes a trainer as a new process would have it, without tracing its step anew each time."""
    built = _build(small_dataset, tmp_path_factory.mktemp("unused"))
    model = built._model
    variables = [*model.variables, *built._optimizer.variables]
    initial = [variable.numpy() for variable in variables]

    # Unlike those of the models, this one must not be repeated on what it has changed.
    def refresh(unused_count):
        for variable in model.variables:
            variable.assign(-0.5 * variable)

    def start(directory):
        for variable, value in zip(variables, initial, strict=True):
            variable.assign(value)
        model.refresh = refresh
        trainer = copy.copy(built)
        trainer._directory = directory
        trainer._checkpoints = RunCheckpoints(
            directory / "checkpoints", model, built._objective, built._optimizer
        )
        return trainer

    return start


def _outcome(trainer, directory):
    """Trains to the end; everything that has to be the same, however often it was stopped."""
    progress = trainer.fit()
    latest = tf.train.load_checkpoint(tf.train.latest_checkpoint(directory / "checkpoints/latest"))
    timed = ("seconds", "epoch_seconds", "steps_per_second")
    lines = (directory / "metrics.jsonl").read_text().splitlines()
    progress = dataclasses.asdict(progress)
    return {
        "best": {v.path: v.numpy().tobytes() for v in trainer._model.variables},
        "latest": {
            name: latest.get_tensor(name).tobytes()
            for name in latest.get_variable_to_shape_map()
            if name.startswith(("model", "optimizer", "loss"))
        },
        "progress": {k: v for k, v in progress.items() if k not in timed},
        "records": [{k: v for k, v in json.loads(x).items() if k not in timed} for x in lines],
    }


def _saved_step(directory):
    path = tf.train.latest_checkpoint(directory / "checkpoints" / "latest")
    return path and int(path.rpartition("-")[2])


def _at_call(owner, name, call, action, before=False):
    """Does something right after one call of a method, or right before it."""
    inner, calls = getattr(owner, name), itertools.count(1)

    def wrapped(*arguments, **named):
        due = next(calls) == call
        if due and before:
            action()
        value = inner(*arguments, **named)
        if due and not before:
            action()
        return value

    setattr(owner, name, wrapped)


def _send(*numbers):
    for number in numbers:
        os.kill(os.getpid(), number)


@pytest.fixture(scope="module")
def uninterrupted(start, tmp_path_factory):
    directory = tmp_path_factory.mktemp("whole")
    return _outcome(start(directory), directory)


def test_the_uninterrupted_run_tells_states_apart(uninterrupted):
    assert 6 < uninterrupted["progress"]["best_step"] < 18
    assert uninterrupted["best"] != uninterrupted["latest"]
    validated = [r["step"] for r in uninterrupted["records"] if r["kind"] == "validation"]
    assert validated == [6, 12, 18]
    assert sum("optimizer" in name for name in uninterrupted["latest"]) > 2


@pytest.mark.parametrize(
    ("owner", "name", "call", "before", "saved"),
    [
        ("trainer", "_step", 1, False, 1),
        ("trainer", "_step", 5, True, 5),
        ("trainer", "_step", 5, False, 5),
        ("trainer", "_step", 3, False, 3),
        ("trainer", "_step", 6, False, 6),
        ("trainer", "_step", 18, True, 18),
        ("trainer", "_step", 18, False, 18),
        ("model", "refresh", 1, True, 7),
        ("model", "refresh", 2, False, 13),
        ("trainer", "_validate", 1, True, 6),
        ("trainer", "_validate", 2, False, 12),
        ("trainer", "_validate", 3, True, 18),
        ("trainer", "_end_epoch", 1, True, 3),
        ("trainer", "_end_epoch", 5, False, 15),
        ("checkpoints", "save_best", 1, True, 6),
        ("checkpoints", "save_best", 2, False, 12),
        # The loop has looked by then, and looks again a step later.
        ("checkpoints", "save_latest", 1, True, 7),
        ("checkpoints", "save_latest", 2, False, 13),
        ("checkpoints", "save_latest", 3, True, 18),
        ("checkpoints", "save_latest", 3, False, 18),
    ],
)
def test_signalled_anywhere_and_resumed_a_run_equals_the_uninterrupted_one(
    start, uninterrupted, tmp_path, owner, name, call, before, saved
):
    trainer = start(tmp_path)
    owner = {"trainer": trainer, "model": trainer._model, "checkpoints": trainer._checkpoints}[
        owner
    ]
    number = signal.SIGTERM if call % 2 else signal.SIGINT
    _at_call(owner, name, call, lambda: _send(number), before)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit()
    assert _saved_step(tmp_path) == saved
    assert _outcome(start(tmp_path), tmp_path) == uninterrupted


@pytest.mark.parametrize(
    ("name", "call", "saved"), [("_step", 2, None), ("_step", 8, 6), ("_validate", 3, 12)]
)
def test_a_second_signal_leaves_at_once_with_the_checkpoint_before(
    start, uninterrupted, tmp_path, name, call, saved
):
    trainer = start(tmp_path)
    _at_call(trainer, name, call, lambda: _send(signal.SIGINT, signal.SIGTERM))
    with pytest.raises(KeyboardInterrupt):
        trainer.fit()
    assert _saved_step(tmp_path) == saved
    assert _outcome(start(tmp_path), tmp_path) == uninterrupted


def test_a_second_signal_while_the_first_is_answered_leaves_a_whole_checkpoint(
    start, uninterrupted, tmp_path
):
    trainer = start(tmp_path)
    _at_call(trainer, "_step", 8, lambda: _send(signal.SIGINT))
    _at_call(trainer._checkpoints._checkpoint, "_write", 2, lambda: _send(signal.SIGINT), True)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit()
    assert _outcome(start(tmp_path), tmp_path) == uninterrupted


# What a kill in the midst of writing leaves: the files, and not yet the one that names them.
@pytest.mark.parametrize("half", [False, True], ids=["before writing", "in writing"])
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("save_best", 1),
        ("save_best", 2),
        ("save_latest", 1),
        ("save_latest", 2),
        ("save_latest", 3),
    ],
)
def test_killed_at_a_checkpoint_and_resumed_a_run_equals_the_uninterrupted_one(
    start, uninterrupted, tmp_path, name, call, half
):
    def killed():
        raise RuntimeError("power cut")

    trainer = start(tmp_path)
    _at_call(trainer._checkpoints, name, call, killed, before=True)
    with pytest.raises(RuntimeError, match="power cut"):
        trainer.fit()
    step = 6 * call
    assert _saved_step(tmp_path) == (step - 6 or None)
    if half:
        # The best one is named already if the run had been killed once before, after writing it.
        for kind in ("best", "latest"):
            folder = tmp_path / "checkpoints" / kind
            (folder / f"step-{step}_temp").mkdir(parents=True)
            for end in (".index", ".data-00000-of-00001", "_temp/part-00000-of-00001.index"):
                (folder / f"step-{step}{end}").write_bytes(b"half")
    assert _outcome(start(tmp_path), tmp_path) == uninterrupted


def test_an_interrupted_run_may_be_interrupted_again(start, uninterrupted, tmp_path):
    for steps in (2, 1, 3):
        trainer = start(tmp_path)
        _at_call(trainer, "_step", steps, lambda: _send(signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            trainer.fit()
    assert _saved_step(tmp_path) == 6
    assert _outcome(start(tmp_path), tmp_path) == uninterrupted


def test_a_signal_is_not_lost_to_an_error_that_follows_it(start, tmp_path):
    def fail():
        _send(signal.SIGTERM)
        raise UserError("diverged")

    trainer = start(tmp_path)
    _at_call(trainer, "_step", 5, fail)
    with pytest.raises(KeyboardInterrupt) as raised:
        trainer.fit()
    assert isinstance(raised.value.__cause__, UserError)


def test_outside_the_main_thread_a_run_is_trained_as_ever(start, uninterrupted, tmp_path):
    trainer = start(tmp_path)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(_outcome, trainer, tmp_path).result() == uninterrupted


def test_a_longer_run_in_the_directory_is_refused(start, small_dataset, tmp_path):
    trainer = start(tmp_path)
    _at_call(trainer, "_step", 11, lambda: _send(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        trainer.fit()
    shorter = _build(small_dataset, tmp_path, dataclasses.replace(CONFIG, epochs=3))
    with pytest.raises(UserError, match=r"at step 11; .* step 9; use another --output_dir"):
        shorter.fit()
