"""A folder of numbered checkpoints that survives kills, full disks and flipped bits."""

import contextlib
import logging
import os
import re
import shutil
from pathlib import Path

import tensorflow as tf
from google.protobuf.message import DecodeError

from a2bm2gl_tf.directories import sync
from a2bm2gl_tf.errors import UserError, reason_of
from a2bm2gl_tf.files import atomic_write

_LOGGER = logging.getLogger(__name__)

_NAME = "step"
_STATE = "checkpoint"
_NAMED = re.compile(rb'^all_model_checkpoint_paths: "(?:[^"]*/)?step-(\d+)"$', re.MULTILINE)
_INDEX = re.compile(r"step-(\d+)\.index")
# What TensorFlow answers damaged files, or those of another model, with.
UNREADABLE = (
    ValueError,
    AssertionError,
    IndexError,
    KeyError,
    TypeError,
    RuntimeError,
    DecodeError,
    tf.errors.OpError,
)


def newest_of(path: Path) -> Path | None:
    """The newest checkpoint of a folder, as TensorFlow names it; None where there is none.

    By its number alone: whatever path the file `checkpoint` gives, it is one of the folder's.
    """
    prefixes = [path / f"{_NAME}-{number}" for number in _candidates(path, _named(path))]
    return next((prefix for prefix in prefixes if Path(f"{prefix}.index").is_file()), None)


def _named(path: Path) -> list[int]:
    """The numbers that count, newest first; none where the file that names them is damaged."""
    try:
        found = _NAMED.findall((path / _STATE).read_bytes())
    except FileNotFoundError:
        return []
    return [int(number) for number in reversed(found)]


def _candidates(path: Path, named: list[int]) -> list[int]:
    """What may be restored, in the order in which it is tried."""
    found = map(_INDEX.fullmatch, os.listdir(path) if path.is_dir() else ())
    others = {int(match[1]) for match in found if match} - set(named)
    return named + sorted(others, reverse=True)


class CheckpointFolder:
    """The newest checkpoints of one object, by number.

    A checkpoint counts once the small file `checkpoint`, renamed into place after it, names it, so
    a process that is killed while it writes leaves the one before. TensorFlow stores a checksum of
    every tensor and of the table of tensors and checks them on reading: a file that was cut off or
    changed is noticed, and the checkpoint before takes its place.

    Args:
      path: the folder; created by the first `save`.
      checkpoint: what is saved and restored.
      keep: how many are kept.
    """

    def __init__(self, path: Path, checkpoint: tf.train.Checkpoint, keep: int = 2):
        self.path = path
        self._checkpoint, self._keep = checkpoint, keep
        self._restored: set[int] = set()

    def save(self, number: int) -> None:
        """Writes a checkpoint and removes the oldest above the number to keep.

        Raises:
          tf.errors.OpError: if the disk does not take it.
        """
        name = f"{_NAME}-{number}"
        # A part of the checkpoint that restoring asks for; nothing else makes it.
        _ = self._checkpoint.save_counter
        try:
            self._checkpoint.write(str(self.path / name))
            for file in self._files(name):
                sync(file)
            sync(self.path)
        except BaseException:
            # On a full disk half of a checkpoint would be in the way of the next one.
            with contextlib.suppress(OSError):
                self._sweep(_named(self.path))
            raise
        # tf.train.CheckpointManager would name, for a moment, what it has removed.
        before = [n for n in reversed(_named(self.path)) if n != number]
        self._keep_only([*before, number][-self._keep :])

    def restore(self, partial: bool) -> bool:
        """Restores the newest checkpoint that can be read; False where there is none yet.

        Says so in a warning where that is not the newest.

        Args:
          partial: whether the checkpoint may hold more than is restored.

        Raises:
          UserError: if there are checkpoints and none can be read.
        """
        failed: list[tuple[int, str]] = []
        named = _named(self.path)
        for number in _candidates(self.path, named):
            prefix = self.path / f"{_NAME}-{number}"
            try:
                status = self._checkpoint.restore(str(prefix))
                status.expect_partial() if partial else status.assert_consumed()
                status.assert_existing_objects_matched()
            except tf.errors.ResourceExhaustedError:
                raise  # for want of memory, not for the file's sake
            except UNREADABLE as error:
                failed.append((number, reason_of(error)))
                continue
            self._restored = {number}
            if failed:
                _LOGGER.warning(
                    "%s/%s-%d cannot be read (%s); going on from %s-%d, the one before",
                    self.path,
                    _NAME,
                    *failed[0],
                    _NAME,
                    number,
                )
            elif number not in named:
                _LOGGER.warning(
                    "%s is damaged; going on from %s-%d, the newest checkpoint there",
                    self.path / _STATE,
                    _NAME,
                    number,
                )
            return True
        # Without the file that names them, what is there is half of a first checkpoint.
        if not (self.path / _STATE).exists():
            return False
        if not failed:
            raise UserError(f"{self.path}: its checkpoints are gone; use another --output_dir")
        number, reason = failed[0]
        raise UserError(
            f"{self.path}/{_NAME}-{number}: the checkpoint does not fit this model or is damaged "
            f"({reason}), and there is no other to go on from; use another --output_dir"
        )

    def forget_after(self, number: int) -> None:
        """Removes checkpoints after a number and whatever else is in the folder."""
        if not self.path.is_dir():
            return
        named = _named(self.path)
        there = {*(named or _candidates(self.path, named)), *self._restored}
        self._keep_only([n for n in sorted(there) if n <= number])

    def _keep_only(self, numbers: list[int]) -> None:
        """Names these checkpoints, the newest last, and then removes all others."""
        kept = [f"{_NAME}-{number}" for number in numbers]
        # First, so that what is named is there at any time.
        if kept:
            with atomic_write(self.path / _STATE) as file:
                file.write(f'model_checkpoint_path: "{kept[-1]}"\n')
                file.writelines(f'all_model_checkpoint_paths: "{name}"\n' for name in kept)
        else:
            (self.path / _STATE).unlink(missing_ok=True)
        self._sweep(numbers)

    def _sweep(self, numbers: list[int]) -> None:
        """Removes everything in the folder but these checkpoints and the file that names them."""
        kept = [f"{_NAME}-{number}" for number in numbers]
        whole = {self.path / _STATE, *(file for name in kept for file in self._files(name))}
        for path in set(self.path.iterdir()) - whole:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def _files(self, name: str) -> list[Path]:
        return [self.path / f"{name}.index", *self.path.glob(f"{name}.data-*")]
