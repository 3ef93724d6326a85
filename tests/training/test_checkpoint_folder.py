"""Checkpoints that were cut off, changed, lost, or left half-written."""

import logging

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.training import checkpoint_folder
from a2bm2gl_tf.training.checkpoint_folder import CheckpointFolder
from a2bm2gl_tf.training.progress import Progress, ProgressVariable

_SIZES = (300, 7)


def _values(step):
    return [np.random.default_rng(step).normal(size=size).astype(np.float32) for size in _SIZES]


class _State:
    """Two weights and a progress in a folder, as a run has them."""

    def __init__(self, path):
        self.progress = ProgressVariable()
        self.weights = [tf.Variable(np.zeros(size, np.float32)) for size in _SIZES]
        checkpoint = tf.train.Checkpoint(progress=self.progress, model=self.weights)
        self.folder = CheckpointFolder(path, checkpoint)

    def save(self, step):
        for variable, value in zip(self.weights, _values(step), strict=True):
            variable.assign(value)
        self.progress.store(Progress(step=step))
        self.folder.save(step)

    def restored(self):
        """The step restored, or None; its weights are checked to the last bit."""
        if not self.folder.restore(partial=False):
            return None
        step = self.progress.load().step
        for variable, value in zip(self.weights, _values(step), strict=True):
            np.testing.assert_array_equal(variable.numpy(), value)
        return step


@pytest.fixture
def path(tmp_path):
    state = _State(tmp_path / "latest")
    for step in (3, 6, 9):
        state.save(step)
    return tmp_path / "latest"


@pytest.fixture
def warnings(monkeypatch):
    """The package's warnings, one string each."""
    said = []
    monkeypatch.setattr(
        checkpoint_folder._LOGGER, "warning", lambda text, *of: said.append(text % of)
    )
    return said


def _names(path):
    return sorted(file.name for file in path.iterdir())


def _of(*steps):
    ends = (".data-00000-of-00001", ".index")
    return sorted(["checkpoint", *(f"step-{step}{end}" for step in steps for end in ends)])


def test_two_are_kept_and_the_newest_is_restored(path, warnings):
    assert _names(path) == _of(6, 9)
    assert _State(path).restored() == 9
    assert _State(path / "nowhere").restored() is None
    assert warnings == []


@pytest.mark.parametrize("end", [".index", ".data-00000-of-00001"])
@pytest.mark.parametrize("left", [0, 1, 0.5, -1, None])
def test_a_file_that_was_cut_off_is_noticed_and_the_one_before_taken(path, warnings, end, left):
    file = path / f"step-9{end}"
    content = file.read_bytes()
    if left is None:
        file.unlink()
    else:
        file.write_bytes(content[: int(left * len(content)) if left == 0.5 else left])
    assert _State(path).restored() == 6
    (said,) = warnings
    assert said.startswith(f"{path}/step-9 cannot be read (")
    assert said.endswith("going on from step-6, the one before")


@pytest.mark.parametrize("end", [".index", ".data-00000-of-00001"])
def test_no_changed_byte_goes_unnoticed(path, warnings, end):
    file = path / f"step-9{end}"
    whole = file.read_bytes()
    state, noticed = _State(path), 0
    places = np.random.default_rng(0).permutation(len(whole))[:80]
    for place in map(int, places):
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 8)
        file.write_bytes(changed)
        # Either the byte means nothing, or the checkpoint before is taken: `restored` compares.
        assert state.restored() in (6, 9)
        noticed += len(warnings)
        warnings.clear()
    assert noticed > 0.6 * len(places)


def test_the_run_goes_on_over_a_damaged_one(path, warnings):
    (path / "step-9.data-00000-of-00001").write_bytes(b"half")
    state = _State(path)
    assert state.restored() == 6
    state.folder.forget_after(6)
    assert _names(path) == _of(6)
    state.save(9)
    state.save(12)
    assert _names(path) == _of(9, 12)
    assert _State(path).restored() == 12
    assert len(warnings) == 1


def test_if_none_can_be_read_it_is_said(path):
    for file in path.glob("*.data*"):
        file.write_bytes(b"")
    with pytest.raises(
        UserError, match=r"step-9: the checkpoint does not fit .*no other.*--output"
    ):
        _State(path).restored()


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b'model_checkpoint_path: "step-', None])
def test_the_file_that_names_them_may_be_damaged_or_lost(path, warnings, content):
    (path / "checkpoint").unlink()
    if content is not None:
        (path / "checkpoint").write_bytes(content)
    state = _State(path)
    assert state.restored() == 9
    assert warnings == [
        f"{path}/checkpoint is damaged; going on from step-9, the newest checkpoint there"
    ]
    state.folder.forget_after(9)
    assert _names(path) == _of(6, 9)
    assert _State(path).restored() == 9
    assert len(warnings) == 1


def test_with_no_checkpoint_left_the_file_that_names_them_is_not_a_new_beginning(path):
    for file in path.glob("step-*"):
        file.unlink()
    with pytest.raises(UserError, match=r"step-9: .* no other to go on from"):
        _State(path).restored()
    (path / "checkpoint").write_bytes(b"")
    with pytest.raises(UserError, match="its checkpoints are gone"):
        _State(path).restored()


def test_half_of_a_first_checkpoint_is_none(tmp_path, warnings):
    (tmp_path / "step-3.index").write_bytes(b"half")
    assert _State(tmp_path).restored() is None
    assert warnings == []


def test_what_a_killed_process_left_is_passed_over_and_removed(path, warnings):
    (path / "step-12_temp").mkdir()
    (path / "step-12_temp" / "part-00000-of-00001.index").write_bytes(b"half")
    (path / "step-12.index").write_bytes(b"half")
    (path / "checkpoint.tmp0123456789").write_bytes(b"half")
    state = _State(path)
    assert state.restored() == 9
    state.folder.forget_after(9)
    assert _names(path) == _of(6, 9)
    assert warnings == []


def test_what_will_be_written_again_is_forgotten(path):
    state = _State(path)
    state.folder.forget_after(8)
    assert _names(path) == _of(6)
    assert _State(path).restored() == 6
    state.folder.forget_after(0)
    assert _names(path) == []


def test_paths_in_the_file_that_names_them_are_not_followed(path, tmp_path):
    _State(tmp_path / "elsewhere").save(50)
    (path / "checkpoint").write_text(
        'model_checkpoint_path: "../elsewhere/step-50"\n'
        'all_model_checkpoint_paths: "../elsewhere/step-50"\n'
    )
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    assert _State(path).restored() == 9


def test_a_failure_to_write_leaves_the_ones_before(path, monkeypatch):
    state = _State(path)
    assert state.restored() == 9

    def full(prefix, *_):
        (path / "step-12.data-00000-of-00001").write_bytes(b"half")
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(state.folder._checkpoint, "write", full)
    with pytest.raises(tf.errors.ResourceExhaustedError):
        state.save(12)
    assert _names(path) == _of(6, 9)
    assert _State(path).restored() == 9
