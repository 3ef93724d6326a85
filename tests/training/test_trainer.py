import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.losses.registry import build_loss
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training.config import TrainingConfig
from a2bm2gl_tf.training.optimisation import learning_rate_schedule
from a2bm2gl_tf.training.trainer import Trainer

CONFIG = TrainingConfig(
    epochs=6, batch_users=25, evaluate_every=2, patience=0, refresh_every=2, monitor="value"
)
MODEL = ModelConfig(dimension=8, knn=4, dropout=0.2, surfing=Surfing(top_m=6))


def _trainer(
    dataset, directory, config=CONFIG, loss="bpr", validate=None, model=MODEL, l2_scale=1.0
):
    # One modality traces in a third of the time and leaves nothing of the loop out.
    dataset = dataclasses.replace(dataset, modalities=dataset.modalities[:1])
    network = build_model("a2bm2gl", dataset, model)
    loss_config = LossConfig(name=loss, l2=0.1, semantic_l2_scale=l2_scale)
    recommendation = build_loss(
        loss_config, 8, np.asarray(dataset.train.sum(axis=0)).ravel(), dataset.num_users
    )
    objective = Objective(recommendation, loss_config, dataset.num_users)
    if validate is None:

        def validate(candidate):
            return {"value": float(tf.reduce_sum(candidate.embeddings()[0][0]))}

    return network, Trainer(network, objective, dataset.train, validate, config, directory)


def _records(directory):
    lines = (directory / "metrics.jsonl").read_text().splitlines()
    timed = ("seconds", "epoch_seconds", "steps_per_second")
    return [{k: v for k, v in json.loads(x).items() if k not in timed} for x in lines]


class _StopAt:
    """Raises KeyboardInterrupt (as Ctrl-C does) or kills the loop outright at one step."""

    def __init__(self, trainer, step, error):
        self.inner, self.step, self.error = trainer._step, step, error
        trainer._step = self

    def __call__(self, batch, step):
        if int(step) == self.step:
            raise self.error
        return self.inner(batch, step)


# Epochs have three steps: 4 is in mid-epoch, 9 at a validation and a refresh.
@pytest.mark.parametrize(
    ("stop", "error"),
    [
        (1, RuntimeError("power cut")),
        (4, KeyboardInterrupt()),
        (9, KeyboardInterrupt()),
        (16, RuntimeError("power cut")),
    ],
)
def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit(
    small_dataset, tmp_path, stop, error
):
    whole, trainer = _trainer(small_dataset, tmp_path / "whole", loss="adaptive")
    expected = trainer.fit()
    _, trainer = _trainer(small_dataset, tmp_path / "cut", loss="adaptive")
    _StopAt(trainer, stop, error)
    with pytest.raises(type(error)):
        trainer.fit()
    resumed, trainer = _trainer(small_dataset, tmp_path / "cut", loss="adaptive")
    progress = trainer.fit()
    assert progress.best_step == expected.best_step
    assert progress.best_value == expected.best_value
    for one, other in zip(resumed.variables, whole.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy(), err_msg=one.path)
    assert _records(tmp_path / "cut") == _records(tmp_path / "whole")


def test_the_best_step_is_restored_and_patience_stops(small_dataset, tmp_path):
    values = iter([1.0, 3.0, 2.0, 2.5, 9.0])
    seen = []

    def validate(candidate):
        seen.append(candidate.embeddings()[0].numpy())
        return {"value": next(values)}

    config = dataclasses.replace(CONFIG, epochs=10, patience=2, evaluate_every=1)
    model, trainer = _trainer(small_dataset, tmp_path, config, validate=validate)
    progress = trainer.fit()
    assert progress.stopped == "patience"
    assert progress.best_value == 3.0
    assert progress.best_step == 6
    assert len(seen) == 4
    np.testing.assert_array_equal(model.embeddings()[0], seen[1])


def test_a_finished_run_is_not_trained_further(small_dataset, tmp_path):
    _, trainer = _trainer(small_dataset, tmp_path)
    trainer.fit()
    _, again = _trainer(small_dataset, tmp_path)
    _StopAt(again, 0, AssertionError("trained a finished run"))
    again.fit()


def test_nan_stops_with_the_step_and_the_term_named(small_dataset, tmp_path):
    config = dataclasses.replace(CONFIG, learning_rate=1e30)
    _, trainer = _trainer(small_dataset, tmp_path, config, loss="wr_linear")
    with pytest.raises(UserError, match=r"step \d+: \w+ is (nan|inf).*--learning_rate"):
        trainer.fit()
    assert not (tmp_path / "checkpoints" / "best").exists()


def test_a_damaged_checkpoint_is_a_one_line_error(small_dataset, tmp_path):
    _, trainer = _trainer(small_dataset, tmp_path)
    trainer.fit()
    for path in (tmp_path / "checkpoints" / "latest").glob("step-*.data*"):
        path.write_bytes(path.read_bytes()[:100])
    _, again = _trainer(small_dataset, tmp_path)
    with pytest.raises(UserError, match="--output_dir"):
        again.fit()


def test_gradients_along_neighbour_lists_are_sparse_products_on_a_cpu(small_dataset, tmp_path):
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("a GPU takes segment sums")
    _, trainer = _trainer(small_dataset, tmp_path)
    operations = {op.type for op in trainer._step.get_concrete_function().graph.get_operations()}
    assert "SparseTensorDenseMatMul" in operations


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["adaptive", "wr", "bpr"])
def test_training_under_xla_follows_the_plain_path(small_dataset, tmp_path, loss):
    model = dataclasses.replace(MODEL, dropout=0.0)
    losses = []
    for jit in (False, True):
        config = dataclasses.replace(CONFIG, epochs=2, jit_compile=jit)
        compiled = dataclasses.replace(model, jit_compile=jit)
        _, trainer = _trainer(small_dataset, tmp_path / str(jit), config, loss=loss, model=compiled)
        trainer.fit()
        train = [r for r in _records(tmp_path / str(jit)) if r["kind"] == "train"]
        losses.append([record["loss"] for record in train])
    # A sampled loss draws for padded edges too, so its values agree in the mean alone.
    tolerance = 0.2 if loss == "bpr" else 1e-4
    np.testing.assert_allclose(losses[0], losses[1], rtol=tolerance)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_close_to_float32(small_dataset, tmp_path, precision):
    losses = []
    for policy in ("float32", precision):
        keras.config.set_dtype_policy(policy)
        try:
            config = dataclasses.replace(CONFIG, precision=policy)
            _, trainer = _trainer(small_dataset, tmp_path / policy, config, loss="adaptive")
            trainer.fit()
        finally:
            keras.config.set_dtype_policy("float32")
        train = [r for r in _records(tmp_path / policy) if r["kind"] == "train"]
        losses.append([record["loss"] for record in train])
    assert losses[1][-1] < losses[1][0]
    # float16 skips its first steps while it looks for a scale.
    assert losses[1][-1] == pytest.approx(losses[0][-1], rel=0.1)


def test_schedules_by_hand():
    def rate(step, **settings):
        schedule = learning_rate_schedule(TrainingConfig(learning_rate=2.0, **settings), 110)
        return float(schedule(step))

    assert rate(4, warmup_steps=10) == pytest.approx(1.0)
    assert rate(60, warmup_steps=10) == pytest.approx(2.0)
    assert rate(60, warmup_steps=10, schedule="cosine") == pytest.approx(1.0)
    assert rate(110, warmup_steps=10, schedule="cosine") == pytest.approx(0.0, abs=1e-6)
    assert rate(55, schedule="exponential") == pytest.approx(2.0 * 0.1**0.5)


def test_clipping_bounds_the_update(small_dataset, tmp_path):
    # Adam's first step is invariant to the gradient's scale, so clipping shows in its momentum.
    config = dataclasses.replace(CONFIG, epochs=1, batch_users=0, clip_norm=1e-3)
    _, trainer = _trainer(small_dataset, tmp_path, config)
    trainer.fit()
    momenta = [v for v in trainer._optimizer.variables if "momentum" in v.path]
    norm = float(tf.linalg.global_norm([tf.convert_to_tensor(v) for v in momenta]))
    assert norm == pytest.approx(0.1 * 1e-3, rel=1e-3)


def test_a_refresh_is_told_how_many_went_before_even_when_it_is_repeated(small_dataset, tmp_path):
    counts = []

    def recorded(dataset, directory):
        network, trainer = _trainer(dataset, directory)
        original = network.refresh
        network.refresh = lambda count: (counts.append(count), original(count))
        return trainer

    # Epochs have three steps and every second one a refresh, so step 6 comes right after one.
    stopped = recorded(small_dataset, tmp_path)
    _StopAt(stopped, 6, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        stopped.fit()
    assert counts == [1]
    recorded(small_dataset, tmp_path).fit()
    assert counts == [1, 1, 2]


def test_a_heavier_lambda_of_the_semantic_part_shrinks_its_kernel_alone(small_dataset, tmp_path):
    norms = {}
    config = dataclasses.replace(CONFIG, epochs=2)
    for scale in (1.0, 1e4):
        network, trainer = _trainer(
            small_dataset, tmp_path / str(scale), config, "wr_linear", l2_scale=scale
        )
        trainer.fit()
        (kernel,) = network.semantic_kernels
        assert any(kernel is variable for variable in network.trainable_variables)
        norms[scale] = [np.linalg.norm(x) for x in (kernel, network.node_embeddings.table)]
    assert norms[1e4][0] < 0.9 * norms[1.0][0]
    assert norms[1e4][1] > 0.99 * norms[1.0][1]
