"""One propagation for several batches is the step of one large batch, in less memory."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.model_losses.registry import build_model_losses
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.losses.registry import build_loss
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training.config import TrainingConfig
from a2bm2gl_tf.training.optimisation import FusedAdam
from a2bm2gl_tf.training.trainer import Trainer


def _losses(dataset, directory, loss="adaptive", model="a2bm2gl", own=None, **settings):
    """The training records and final weights of two epochs."""
    dataset = dataclasses.replace(dataset, modalities=dataset.modalities[:1])
    config = TrainingConfig(epochs=2, refresh_every=0, **settings)
    surfing = Surfing(top_m=6)
    network = build_model(
        model,
        dataset,
        ModelConfig(dimension=8, knn=4, dropout=0.2, surfing=surfing, own=own or {}),
    )
    loss_config = LossConfig(name=loss, l2=0.1, negative_weight=0.5)
    recommendation = build_loss(
        loss_config, 8, np.asarray(dataset.train.sum(axis=0)).ravel(), dataset.num_users
    )
    objective = Objective(
        recommendation, loss_config, dataset.num_users, build_model_losses(network)
    )
    trainer = Trainer(network, objective, dataset.train, None, config, directory)
    values = []
    inner = trainer._step

    def recorded(batch, step):
        values.append({k: float(v) for k, v in inner(batch, step).items()})
        return values[-1]

    trainer._step = recorded
    trainer.fit()
    return values, [variable.numpy() for variable in network.trainable_variables]


@pytest.mark.parametrize(
    ("loss", "model"),
    [
        ("adaptive", "a2bm2gl"),
        ("wr_linear", "lightgcn"),
        ("wr", "lightgcn"),
        # Their own loss is of the whole step, over all of its edges.
        ("none", "ultragcn"),
        ("none", "bm3"),
    ],
)
def test_batches_that_share_a_propagation_equal_one_large_batch(
    small_dataset, tmp_path, loss, model
):
    # 60 users: steps of 28, 28 and 4, so the last has fewer batches, and a short one.
    large, large_weights = _losses(small_dataset, tmp_path / "large", loss, model, batch_users=28)
    cut, cut_weights = _losses(
        small_dataset, tmp_path / "cut", loss, model, batch_users=7, batches_per_propagation=4
    )
    assert len(cut) == len(large) == 6
    for one, other in zip(cut, large, strict=True):
        assert one == pytest.approx(other, rel=2e-5)
    for one, other in zip(cut_weights, large_weights, strict=True):
        # Adam turns the last bits of a gradient near 0 into a step of either sign.
        assert np.median(np.abs(one - other)) < 1e-6


def test_pieces_share_the_interactions_that_a_step_drops(small_dataset, tmp_path):
    own = {"interaction_dropout": 0.3}
    large, _ = _losses(small_dataset, tmp_path / "large", own=own, batch_users=28)
    cut, _ = _losses(
        small_dataset, tmp_path / "cut", own=own, batch_users=7, batches_per_propagation=4
    )
    without, _ = _losses(small_dataset, tmp_path / "without", batch_users=28)
    for one, other in zip(cut, large, strict=True):
        assert one == pytest.approx(other, rel=2e-5)
    assert large[0]["rec"] != pytest.approx(without[0]["rec"], rel=1e-3)


def test_all_batches_of_an_epoch_may_share_one(small_dataset, tmp_path):
    whole, _ = _losses(small_dataset, tmp_path / "whole", batch_users=0)
    cut, _ = _losses(small_dataset, tmp_path / "cut", batch_users=13, batches_per_propagation=0)
    assert [len(cut), len(whole)] == [2, 2]
    for one, other in zip(cut, whole, strict=True):
        assert one == pytest.approx(other, rel=2e-5)


def test_sampled_losses_draw_anew_in_every_piece(small_dataset, tmp_path):
    large, _ = _losses(small_dataset, tmp_path / "large", "bpr", "lightgcn", batch_users=0)
    cut, _ = _losses(
        small_dataset,
        tmp_path / "cut",
        "bpr",
        "lightgcn",
        batch_users=30,
        batches_per_propagation=2,
    )
    assert cut[0]["rec"] != large[0]["rec"]
    assert cut[0]["rec"] == pytest.approx(large[0]["rec"], rel=0.1)


def _applying(optimizer, variable):
    return tf.function(lambda gradient: optimizer.apply([gradient], [variable]))


def test_fused_adam_is_kerass_adam():
    start = np.linspace(-1, 1, 12).astype("f4").reshape(4, 3)
    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=start.shape).astype("f4") * 10.0**-step for step in range(6)]
    results = []
    for kind in (FusedAdam, keras.optimizers.Adam):
        variable = keras.Variable(start)
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
        optimizer = kind(schedule, global_clipnorm=5.0)
        optimizer.build([variable])
        step = _applying(optimizer, variable)
        for gradient in gradients:
            step(tf.constant(gradient))
        results.append([v.numpy() for v in (variable, *optimizer.variables)])
    assert not np.allclose(results[0][0], start, atol=1e-2)
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
