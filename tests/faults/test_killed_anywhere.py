"""kill -9 at any point: what is resumed ends as if nothing had happened, bit for bit."""

import logging
import os

import pytest

from tests.faults.killing import kill_at_random

# A2BM2GL_KILLS=200 makes it the full proof, which takes 25 minutes and more.
_POINTS = int(os.environ.get("A2BM2GL_KILLS", "25"))
_SEED = int(os.environ.get("A2BM2GL_KILLS_SEED", "0"))


@pytest.mark.slow
@pytest.mark.parametrize("model", [os.environ.get("A2BM2GL_KILLS_MODEL", "bpr_mf")])
def test_killed_anywhere_and_resumed_a_run_equals_the_uninterrupted_one(
    zygote, short_run, tmp_path, model
):
    kills = kill_at_random(zygote, [*short_run, f"--model={model}"], tmp_path, _POINTS, _SEED)
    logging.getLogger(__name__).info("%s: %s", model, kills)
    print(f"{model}: {kills}")
    assert kills.points == _POINTS
