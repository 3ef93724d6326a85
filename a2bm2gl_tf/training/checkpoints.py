"""Checkpoints of a run: the latest, to resume from, and the best, to evaluate and export."""

from pathlib import Path

import keras
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.progress import Progress, ProgressVariable


class RunCheckpoints:
    """Two checkpoint managers over one set of objects.

    A checkpoint is written under temporary names and becomes visible only when the small file that
    names the newest one is renamed into place, so a killed process leaves the one before.

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
        self._latest = tf.train.CheckpointManager(
            self._checkpoint, str(directory / "latest"), max_to_keep=2, checkpoint_name="step"
        )
        self._best = tf.train.CheckpointManager(
            self._checkpoint, str(directory / "best"), max_to_keep=1, checkpoint_name="step"
        )

    def save_latest(self, progress: Progress) -> None:
        """Saves the state to resume from."""
        self._save(self._latest, progress)

    def save_best(self, progress: Progress) -> None:
        """Saves the state that validation likes best so far."""
        self._save(self._best, progress)

    def _save(self, manager: tf.train.CheckpointManager, progress: Progress) -> None:
        self._progress.store(progress)
        manager.save(checkpoint_number=progress.step)

    def restore_latest(self) -> Progress | None:
        """Restores everything from the latest checkpoint; None where there is none yet."""
        return self._restore(self._latest, partial=False)

    def restore_best(self) -> Progress:
        """Restores model and loss from the best checkpoint.

        Raises:
          UserError: if the run has no best checkpoint yet.
        """
        progress = self._restore(self._best, partial=True)
        if progress is None:
            raise UserError(
                f"{self._best.directory}: no checkpoint yet; train the run to its first validation"
            )
        return progress

    def _restore(self, manager: tf.train.CheckpointManager, partial: bool) -> Progress | None:
        # Read anew: the manager of a worker that does not write knows nothing of what others wrote.
        state = tf.train.get_checkpoint_state(manager.directory)
        if state is None:
            return None
        path = state.model_checkpoint_path
        try:
            status = self._checkpoint.restore(path)
            status.expect_partial() if partial else status.assert_consumed()
            status.assert_existing_objects_matched()
        except (ValueError, AssertionError, IndexError, tf.errors.OpError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(
                f"{path}: the checkpoint does not fit this model or is damaged ({reason}); "
                "use another --output_dir"
            ) from error
        return self._progress.load()
