"""Memory is foreseen from shapes, named by flag, and near what is measured."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.losses import memory_parts as loss_parts
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.registry import LOSSES
from a2bm2gl_tf.methods.memory_estimate import Estimate, foresee
from a2bm2gl_tf.methods.registry import find_method
from a2bm2gl_tf.models.memory_parts import Part, Sizes, attention_part, item_weights_part
from a2bm2gl_tf.models.registry import MODELS

_ROOT = Path(__file__).resolve().parents[2]


def _grown(dataset, users, items):
    """The dataset with rows and columns that nobody has met: all that shapes depend on."""

    def empty(train):
        return sp.csr_matrix(
            (train.data, train.indices, np.pad(train.indptr, (0, users - train.shape[0]), "edge")),
            (users, items),
            np.float32,
        )

    return dataclasses.replace(
        dataset,
        train=empty(dataset.train),
        validation=empty(dataset.validation),
        test=empty(dataset.test),
    )


def test_parts_follow_from_shapes():
    full = attention_part(1000, 64, Surfing(neighbourhood="full"), True)
    assert full.size == 4 * 20 * 1000 * 64
    listed = attention_part(1000, 64, Surfing(neighbourhood="top_m", top_m=50), True)
    # Slots of each list, and both gathered blocks: 1000 x 50 x 64 floats each.
    assert listed.size == full.size + 4 * (16 * 1000 * 50 + 2 * 1000 * 50 * 64)
    pairs = attention_part(1000, 64, Surfing(neighbourhood="reachable"), True)
    assert pairs.size == 4 * 3 * 1000 * 1000 * 64
    assert item_weights_part(3000).size == 4 * 3000 * 3000
    sizes = Sizes(users=100, items=5000, interactions=2000, widths=())
    closed = loss_parts.loss_part(LossConfig(name="adaptive"), sizes, 8, 50)
    blocked = loss_parts.loss_part(LossConfig(name="wr"), sizes, 8, 50)
    assert blocked.size - closed.size == 10 * 50 * 4096 * 4
    # 50 of 100 users have 1000 of 2000 edges, each with 32 negatives and its own row.
    sampled = loss_parts.loss_part(LossConfig(name="infobpr", num_negatives=32), sizes, 8, 50)
    assert sampled.size - closed.size == 1000 * 33 * 8 * 3 * 4


def test_every_loss_and_model_has_an_estimate(small_dataset):
    assert loss_parts._OWN_BYTES.keys() == LOSSES.keys()
    larger = _grown(small_dataset, 6000, 5000)
    for name in MODELS:
        settings = find_method(name).fit_settings()
        small, large = (foresee(settings, data).total for data in (small_dataset, larger))
        assert 800 * 2**20 < small < 2**30
        assert large > small
        # A model that is only loaded takes less than one that is trained.
        assert foresee(settings, larger, training=False).total < large


def test_what_does_not_fit_is_refused_with_the_flag_to_lower(small_dataset):
    def advice(**settings):
        values = find_method("a2bm2gl").fit_settings(**settings)
        with pytest.raises(UserError) as error:
            foresee(values, _grown(small_dataset, 6000, 5000)).require(2**29)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "give --neighbourhood=full" in advice(neighbourhood="reachable")
    assert "lower --top_m=900" in advice(neighbourhood="top_m", top_m=900)
    assert "lower --batch_users=6000" in advice(loss="wr", batch_users=6000)
    assert "lower --dimension=4096" in advice(dimension=4096)


def test_a_gpu_has_what_is_computed_and_the_machine_the_rest():
    gigabyte = 2**30
    estimate = Estimate(
        (Part("process", gigabyte, ""), Part("embeddings", 3 * gigabyte, "lower --dimension=8")),
        (Part("blocks", gigabyte, ""), Part("loss", 2 * gigabyte, "lower --batch_users=9")),
    )
    assert estimate.total == 6 * gigabyte
    estimate.require(6 * gigabyte)
    estimate.require(None)
    estimate.require(gigabyte, gpu=5 * gigabyte)
    with pytest.raises(UserError, match=r"6\.0 GiB are needed, this machine has 5\.9 GiB.*--dim"):
        estimate.require(int(5.9 * gigabyte))
    with pytest.raises(UserError, match=r"5\.0 GiB are needed, the GPU has 4\.0 GiB"):
        estimate.require(gigabyte, gpu=4 * gigabyte)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "users", "items", "interactions"),
    [("a2bm2gl", 1000, 800, 28000), ("a2bm2gl", 12000, 15000, 200000)],
)
def test_the_measured_peak_is_near_what_was_foreseen(tmp_path, model, users, items, interactions):
    line = [
        sys.executable,
        str(_ROOT / "run_scripts" / "train.py"),
        f"--model={model}",
        f"--num_users={users}",
        f"--num_items={items}",
        f"--num_interactions={interactions}",
        "--epochs=1",
        "--evaluate_every=1",
        "--batch_users=2000",
        f"--output_dir={tmp_path}",
    ]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    ended = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    measured = json.loads((tmp_path / "result.json").read_text())["peak_memory_bytes"]
    about = json.loads((tmp_path / "status.json").read_text())["about"]
    assert 1 / 1.5 < about["estimated_memory_bytes"] / measured < 1.5
