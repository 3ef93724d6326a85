"""Checkpoints of a run: the latest, to resume from, and the best, to evaluate and export."""

from pathlib import Path

import keras
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.checkpoint_folder import CheckpointFolder
from a2bm2gl_tf.training.progress import Progress, ProgressVariable


class RunCheckpoints:
    """Two folders of checkpoints of one set of objects.

    Each keeps the checkpoint before the newest too, which takes its place where that is damaged.

    Args:
      directory: where `latest/` and `best/` go.
      model: the model.
      objective: its loss, whose boundary networks are saved too.
      optimizer: for training; None to read a finished run.
    """

    def __init__(
        self,
        directory: Path,
        model: Recommender,
        objective: Objective,
        optimizer: keras.optimizers.Optimizer | None = None,
    ):
        self._progress = ProgressVariable()
        parts = {
            "progress": self._progress,
            "model": model.state(),
            "loss": [variable.value for variable in objective.recommendation.variables],
        }
        if optimizer is not None:
            parts["optimizer"] = [variable.value for variable in optimizer.variables]
        self._checkpoint = tf.train.Checkpoint(**parts)
        self._latest = CheckpointFolder(directory / "latest", self._checkpoint)
        self._best = CheckpointFolder(directory / "best", self._checkpoint)

    def save_latest(self, progress: Progress) -> None:
        """Saves the state to resume from."""
        self._save(self._latest, progress)

    def save_best(self, progress: Progress) -> None:
        """Saves the state that validation likes best so far."""
        self._save(self._best, progress)

    def _save(self, folder: CheckpointFolder, progress: Progress) -> None:
        self._progress.store(progress)
        folder.save(progress.step)

    def forget_after(self, step: int) -> None:
        """Removes what a run that goes on at `step` will write again, and what a killed one left.

        Only whoever writes may call this, once every worker has read where the run stands.
        """
        self._latest.forget_after(step)
        self._best.forget_after(step)

    def restore_latest(self) -> Progress | None:
        """Restores everything from the latest checkpoint; None where there is none yet.

        Raises:
          UserError: if there are some and none can be read.
        """
        return self._restore(self._latest, partial=False)

    def restore_best(self) -> Progress:
        """Restores model and loss from the best checkpoint.

        Returns:
          The progress at that checkpoint; its `best_step` is its own step.

        Raises:
          UserError: if the run has no best checkpoint yet, or none can be read.
        """
        progress = self._restore(self._best, partial=True)
        if progress is None:
            raise UserError(
                f"{self._best.path}: no checkpoint yet; train the run to its first validation"
            )
        return progress

    def _restore(self, folder: CheckpointFolder, partial: bool) -> Progress | None:
        return self._progress.load() if folder.restore(partial) else None
