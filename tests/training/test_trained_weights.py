"""Weights are read from the checkpoint of the run's own folder, or nothing is."""

import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.training.checkpoint_folder import CheckpointFolder
from a2bm2gl_tf.training.trained_on import TrainedOn, WeightEntry
from a2bm2gl_tf.training.trained_weights import TrainedWeights

_KEY = "model/0/.ATTRIBUTES/VARIABLE_VALUE"


def _save(path, value, step):
    table = tf.Variable(np.full(300, value, np.float32))
    CheckpointFolder(path, tf.train.Checkpoint(model=[table])).save(step)


@pytest.fixture
def trained_on():
    nothing = sp.csr_matrix((2, 3), dtype=np.float32)
    weight = WeightEntry("table", _KEY, "shared", (), (300,))
    return TrainedOn("m", 4, np.arange(2), np.arange(3), nothing, nothing, (), (weight,))


@pytest.fixture
def best(tmp_path):
    _save(tmp_path / "run" / "best", 1.5, 9)
    return tmp_path / "run" / "best"


def _read(best, trained_on):
    return TrainedWeights.of_checkpoints(best.parent, best.parent, trained_on).arrays["table"][0]


@pytest.mark.parametrize("elsewhere", ["../../other/best/step-50", "{}/other/best/step-9"])
def test_a_path_in_the_file_that_names_them_is_not_followed(best, tmp_path, trained_on, elsewhere):
    for step in (9, 50):
        _save(tmp_path / "other" / "best", 7.0, step)
    named = elsewhere.format(tmp_path)
    (best / "checkpoint").write_text(
        f'model_checkpoint_path: "{named}"\nall_model_checkpoint_paths: "{named}"\n'
    )
    assert _read(best, trained_on) == 1.5


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"model_checkpoint_path: ", None])
def test_the_file_that_names_them_may_be_damaged(best, trained_on, content):
    (best / "checkpoint").unlink()
    if content is not None:
        (best / "checkpoint").write_bytes(content)
    assert _read(best, trained_on) == 1.5


@pytest.mark.parametrize("left", [0, 1, 100])
@pytest.mark.parametrize("end", ["index", "data-00000-of-00001"])
def test_a_damaged_checkpoint_is_one_line(best, trained_on, end, left):
    path = best / f"step-9.{end}"
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(UserError, match="step-9: the checkpoint is damaged or is not of this run"):
        _read(best, trained_on)


def test_without_any_it_is_said(tmp_path, trained_on):
    with pytest.raises(UserError, match="has no best checkpoint yet"):
        _read(tmp_path / "best", trained_on)
