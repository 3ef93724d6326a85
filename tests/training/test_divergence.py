import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.losses.registry import build_loss
from a2bm2gl_tf.methods.fitting import fit
from a2bm2gl_tf.methods.registry import find_method
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training.config import TrainingConfig
from a2bm2gl_tf.training.diverged import DivergedError
from a2bm2gl_tf.training.divergence import check_values, check_weights
from a2bm2gl_tf.training.trainer import Trainer


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("term", "flags"),
    [
        ("margin", "--learning_rate or --margin_weight, or set --clip_norm=1"),
        ("rec", "--learning_rate, or set --clip_norm=1"),
        ("gradient_norm", "--learning_rate, or set --clip_norm=1"),
    ],
)
def test_a_value_that_is_not_finite_is_named_with_its_flags(term, value, flags):
    values = {"rec": 1.0, "margin": 2.0, "loss": 3.0, "gradient_norm": 4.0} | {term: value}
    with pytest.raises(UserError) as caught:
        check_values(17, values, 3.0)
    assert str(caught.value).startswith(f"step 17: {term} is {value}; the last good checkpoint")
    assert flags in str(caught.value)


def test_an_exploding_loss_names_the_term_that_makes_it_up():
    values = {"rec": 5.0, "structural": -3e6, "loss": -2.999995e6, "gradient_norm": 9e9}
    with pytest.raises(UserError, match=r"step 8: the loss has grown from 2 to -3e\+06, most of"):
        check_values(8, values, 2.0)
    with pytest.raises(UserError, match=r"most of it structural; .*--structural_weight"):
        check_values(8, values, 2.0)


@pytest.mark.parametrize(
    ("first", "loss"), [(None, 1e30), (2.0, 1.9e6), (1e-9, 9e5), (-500.0, 4e8), (2.0, 0.0)]
)
def test_what_may_come_back_is_let_pass(first, loss):
    check_values(1, {"rec": loss, "loss": loss, "gradient_norm": 1e25}, first)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_weight_that_is_not_finite_is_named(value):
    good = keras.Variable(np.ones((3, 2), np.float32), name="good")
    count = keras.Variable(np.int32(3), dtype="int32", name="count")
    bad = keras.Variable(np.ones((50, 40), np.float32), name="bad")
    check_weights(4, [good, count, bad])
    numbers = np.ones((50, 40), np.float32)
    numbers[49, 39] = value
    bad.assign(numbers)
    with pytest.raises(UserError, match=r"^step 4: the update left values in bad that are not"):
        check_weights(4, [good, count, bad])


def _all_finite(path):
    reader = tf.train.load_checkpoint(path)
    values = [reader.get_tensor(name) for name in reader.get_variable_to_shape_map()]
    floats = [value for value in values if getattr(value, "dtype", None) == np.float32]
    return len(floats) > 2 and all(np.isfinite(value).all() for value in floats)


# At step 8 the gradient is finite and its update is not: the loss would say so a step later.
@pytest.mark.parametrize("checkpoint_seconds", [0.0, 300.0])
def test_the_last_good_checkpoint_is_finite(small_dataset, tmp_path, checkpoint_seconds):
    config = TrainingConfig(
        epochs=4, batch_users=30, evaluate_every=1, monitor="value", patience=0,
        checkpoint_seconds=checkpoint_seconds,
    )  # fmt: skip
    model = build_model("bpr_mf", small_dataset, ModelConfig(dimension=4))
    loss = LossConfig(name="bpr", l2=0.1)
    degrees = np.asarray(small_dataset.train.sum(axis=0)).ravel()
    objective = Objective(build_loss(loss, 4, degrees, 60), loss, 60)
    trainer = Trainer(
        model, objective, small_dataset.train, lambda _: {"value": 1.0}, config, tmp_path
    )
    inner = trainer._step

    def step(batch, number):
        values = inner(batch, number)
        if int(number) == 7:
            table = model.trainable_variables[0]
            table.assign(tf.tensor_scatter_nd_update(table.value, [[0, 0]], [np.inf]))
        return values

    trainer._step = step
    with pytest.raises(UserError, match=r"^step 8: the update left values in .* not finite"):
        trainer.fit()
    latest = tf.train.latest_checkpoint(tmp_path / "checkpoints" / "latest")
    assert latest.endswith("step-6" if checkpoint_seconds else "step-7")
    assert _all_finite(latest)
    assert _all_finite(tf.train.latest_checkpoint(tmp_path / "checkpoints" / "best"))
    kinds = [json.loads(x)["step"] for x in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert max(kinds) == 6


def test_scores_that_overflow_in_validation_end_in_the_steps_line(small_dataset, tmp_path):
    """All weights are finite, but not the products of two."""
    settings = find_method("a2bm2gl").fit_settings(
        epochs=2, evaluate_every=1, learning_rate=1e30, dimension=4
    )
    with pytest.raises(DivergedError) as caught:
        fit(settings, small_dataset, EvaluationConfig(), tmp_path, None, small_dataset.validation)
    assert "has a NaN score; the last good" in str(caught.value)
    assert "Lower --learning_rate" in str(caught.value)
    assert (caught.value.step, caught.value.term) == (1, "score")
