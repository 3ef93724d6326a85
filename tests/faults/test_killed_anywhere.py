"""kill -9 at any point: what is resumed ends as if nothing had happened, bit for bit."""

import logging
import os

import pytest

from tests.faults.killing import Zygote, kill_at_random

# A2BM2GL_KILLS=200 makes it the full proof, which takes some 20 minutes.
_POINTS = int(os.environ.get("A2BM2GL_KILLS", "25"))
_SEED = int(os.environ.get("A2BM2GL_KILLS_SEED", "0"))

# A checkpoint after every step, a validation after every epoch of three.
_FLAGS = [
    "--num_users=60",
    "--num_items=50",
    "--num_interactions=900",
    "--dimension=8",
    "--batch_users=20",
    "--epochs=6",
    "--evaluate_every=1",
    "--patience=0",
    "--checkpoint_seconds=0",
    "--refit",
]


@pytest.fixture(scope="module")
def zygote():
    started = Zygote()
    yield started
    started.stop()


@pytest.mark.slow
@pytest.mark.parametrize("model", [os.environ.get("A2BM2GL_KILLS_MODEL", "bpr_mf")])
def test_killed_anywhere_and_resumed_a_run_equals_the_uninterrupted_one(zygote, tmp_path, model):
    kills = kill_at_random(zygote, [*_FLAGS, f"--model={model}"], tmp_path, _POINTS, _SEED)
    logging.getLogger(__name__).info("%s: %s", model, kills)
    print(f"{model}: {kills}")
    assert kills.points == _POINTS
