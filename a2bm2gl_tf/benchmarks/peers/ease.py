"""EASE (Steck, WWW 2019): a closed form over a dense V x V matrix."""

from collections.abc import Iterator

import numpy as np

from a2bm2gl_tf.benchmarks.task import NotMeasured, Peer, Task
from a2bm2gl_tf.evaluation.evaluate import evaluate
from a2bm2gl_tf.models.baselines.ease import ease_weights

# One float32 array, the Gram matrix first and the weights in the end.
_BYTES_PER_CELL = 4


class Ease(Peer):
    r"""The weights of `ease_weights`; an epoch is the whole fit.

    Args:
      task: the work; neither dimension nor layers have a meaning here.
      regularisation: lambda.

    Raises:
      NotMeasured: V x V is larger than the memory allowed.
    """

    def __init__(self, task: Task, regularisation: float = 300.0):
        needed = _BYTES_PER_CELL * task.train.shape[1] ** 2
        if needed > task.memory_bytes:
            raise NotMeasured(
                f"V x V takes {needed / 2**30:.1f} GiB, over --memory_gib="
                f"{task.memory_bytes / 2**30:.1f}"
            )
        self._task = task
        self._regularisation = regularisation
        self.weights = np.zeros((0, 0), np.float32)
        self.note = "whole fit"

    def epoch(self) -> Iterator[None]:
        """Fits B."""
        self.weights = ease_weights(self._task.train, self._regularisation)
        yield

    def recall(self, k: int) -> float:
        """Scores X B, ranked as this project ranks any scores."""
        train = self._task.train
        result = evaluate(
            lambda users: train[users] @ self.weights, self._task.test, train, [k], with_auc=False
        )
        return result.means[f"recall@{k}"]
