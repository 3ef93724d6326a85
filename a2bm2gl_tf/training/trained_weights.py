"""The weights of a run that another starts from, with what they stand for."""

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.reading.array_archives import load_array_archive
from a2bm2gl_tf.errors import UserError, reason_of
from a2bm2gl_tf.training.checkpoint_folder import UNREADABLE, newest_of
from a2bm2gl_tf.training.trained_on import TrainedOn, reading, write_arrays

_DIGITS = 16


@dataclasses.dataclass(frozen=True)
class TrainedWeights:
    """A copy of the best weights of a run.

    Attributes:
      trained_on: what they stand for; its `train` is what these weights have learned from.
      arrays: name of a carried weight -> its value.
    """

    trained_on: TrainedOn
    arrays: dict[str, np.ndarray]

    @classmethod
    def of_checkpoints(cls, shown: Path, directory: Path, trained_on: TrainedOn):
        """Reads them from a run's best checkpoint, without building its model.

        Args:
          shown: the run's directory, for messages.
          directory: where its checkpoints lie.
          trained_on: what the run was trained on.

        Raises:
          UserError: if there is no checkpoint yet, or it is damaged or does not fit.
        """
        path = newest_of(directory / "best")
        if path is None:
            raise UserError(
                f"--warm_start={shown}: has no best checkpoint yet; train it to its first "
                "validation"
            )
        try:
            reader = tf.train.load_checkpoint(str(path))
            arrays = {w.name: reader.get_tensor(w.key) for w in trained_on.weights}
        except UNREADABLE as error:
            raise UserError(
                f"{path}: the checkpoint is damaged or is not of this run ({reason_of(error)}); "
                "start from another run"
            ) from error
        for weight in trained_on.weights:
            if arrays[weight.name].shape != weight.shape:
                raise UserError(
                    f"{path}: {weight.name} has shape {arrays[weight.name].shape}, not "
                    f"{weight.shape}; the checkpoint is not of this run: start from another"
                )
        return cls(trained_on, arrays)

    def digest(self) -> str:
        """16 hexadecimal digits that tell these weights, and what they stand for, from others."""
        digest = hashlib.blake2b()
        for name, array in sorted(self._all_arrays().items()):
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array))
        return digest.hexdigest()[:_DIGITS]

    def write(self, path: Path) -> None:
        """Writes them to one file, atomically."""
        write_arrays(path, self._all_arrays())

    @classmethod
    def read(cls, path: Path) -> "TrainedWeights":
        """What `write` wrote.

        Raises:
          UserError: if the file is missing or damaged.
        """
        return reading(path, cls._from_arrays, load_array_archive(path))

    def _all_arrays(self) -> dict[str, np.ndarray]:
        weights = self.trained_on.weights
        return self.trained_on.to_arrays() | {
            f"weight_{place}": self.arrays[weight.name] for place, weight in enumerate(weights)
        }

    @classmethod
    def _from_arrays(cls, arrays: dict[str, np.ndarray]) -> "TrainedWeights":
        trained_on = TrainedOn.from_arrays(arrays)
        weights = enumerate(trained_on.weights)
        return cls(trained_on, {w.name: arrays[f"weight_{place}"] for place, w in weights})
