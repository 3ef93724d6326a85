import json
import subprocess
import sys

import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.training.distribution import (
    Distribution,
    build_distribution,
    check_tf_config,
    lost_workers_as_errors,
)

_WORKERS = ["localhost:9000", "host1:9001"]


def _tf_config(workers=_WORKERS, index=1, kind="worker", job="worker"):
    return json.dumps({"cluster": {job: workers}, "task": {"type": kind, "index": index}})


def test_a_sound_tf_config_is_taken():
    check_tf_config(_tf_config())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "TF_CONFIG is not set"),
        ("", "TF_CONFIG is not set"),
        ("{worker}", "not valid JSON"),
        ("[]", '"worker" alone'),
        ('{"cluster": 3}', '"worker" alone'),
        (_tf_config(workers=[]), '"worker" alone'),
        (_tf_config(job="ps"), '"worker" alone'),
        (_tf_config(workers=["localhost"]), "'localhost' is not an address"),
        (_tf_config(workers=["localhost:0"]), "'localhost:0' is not an address"),
        (_tf_config(workers=["a:x", "b:1"]), "'a:x' is not an address"),
        (_tf_config(workers=[9000]), "9000 is not an address"),
        (_tf_config(workers=["a:1", "a:1"]), "same address"),
        (_tf_config(index=2), "index 2 is not that of one of the 2 workers"),
        (_tf_config(index=-1), "index -1"),
        (_tf_config(index="0"), '"index"'),
        (_tf_config(index=True), '"index"'),
        (_tf_config(kind="chief"), '"task" must hold'),
        ('{"cluster": {"worker": ["a:1"]}}', '"task" must hold'),
    ],
)
def test_a_bad_tf_config_is_one_line(text, said):
    with pytest.raises(UserError, match=said) as caught:
        check_tf_config(text)
    assert "\n" not in str(caught.value)


def test_a_missing_tf_config_ends_the_command(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(UserError, match="TF_CONFIG is not set"):
        build_distribution("multi_worker")


def test_a_lost_worker_is_one_line_and_other_errors_stay():
    with pytest.raises(UserError, match="another worker"), lost_workers_as_errors():
        raise tf.errors.UnavailableError(None, None, "Connection reset by peer")
    with pytest.raises(tf.errors.InvalidArgumentError), lost_workers_as_errors():
        raise tf.errors.InvalidArgumentError(None, None, "shapes")


def test_one_device_is_its_own_chief():
    alone = build_distribution("none")
    assert (alone.num_replicas, alone.is_chief, alone.agree(0.25)) == (1, True, 0.25)
    assert Distribution().run(lambda x, y: x - y, 5, 3) == 2


# Logical devices must be made before TensorFlow starts, so this runs in a process of its own.
_TWO_REPLICAS = """
import dataclasses, sys, tempfile
from pathlib import Path
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import load_dataset
import a2bm2gl_tf.data
from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.losses.registry import build_loss
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training.config import TrainingConfig
from a2bm2gl_tf.training.distribution import Distribution
from a2bm2gl_tf.training.trainer import Trainer

options = DatasetOptions(num_users=61, num_items=50, num_interactions=900, seed=3)
dataset = load_dataset("synthetic", options)
dataset = dataclasses.replace(dataset, modalities=dataset.modalities[:1])


def losses(distribution):
    config = TrainingConfig(
        epochs=3, batch_users=15, batches_per_propagation=2, clip_norm=1.0, refresh_every=2
    )
    loss_config = LossConfig(l2=0.1)
    degrees = np.asarray(dataset.train.sum(axis=0)).ravel()
    with distribution.scope():
        model = build_model(
            "a2bm2gl",
            dataset,
            ModelConfig(
                dimension=8,
                knn=4,
                surfing=Surfing(top_m=6),
                own={"interaction_dropout": 0.3},
            ),
        )
        objective = Objective(build_loss(loss_config, 8, degrees, 61), loss_config, 61)
    with tempfile.TemporaryDirectory() as directory:
        trainer = Trainer(
            model, objective, dataset.train, None, config, Path(directory), distribution
        )
        inner, values = trainer._step, []

        def recorded(batch, step):
            values.append({k: float(v) for k, v in inner(batch, step).items()})
            return values[-1]

        trainer._step = recorded
        trainer.fit()
    return values


tf.config.experimental.enable_op_determinism()
strategy = tf.distribute.MirroredStrategy(
    ["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice()
)
two = Distribution(strategy)
assert (two.num_replicas, two.is_chief) == (2, True)
one, other = losses(Distribution()), losses(two)
# Steps of 30, 30 and 1 users: in the last one replica has nothing to do.
assert len(one) == len(other) == 9
for x, y in zip(one, other):
    for name in x:
        np.testing.assert_allclose(y[name], x[name], rtol=1e-4, err_msg=name)
print("equal")
"""


@pytest.mark.slow
def test_two_replicas_of_one_process_follow_one_device(tmp_path):
    script = tmp_path / "two.py"
    script.write_text(_TWO_REPLICAS)
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip().endswith("equal"), done.stderr[-3000:]
