"""EASE (Steck, WWW 2019) in NumPy: a closed form over a dense V x V matrix."""

from collections.abc import Iterator

import numpy as np

from a2bm2gl_tf.benchmarks.task import NotMeasured, Peer, Task
from a2bm2gl_tf.evaluation.evaluate import evaluate

# The Gram matrix, its inverse and LAPACK's copy, float32.
_BYTES_PER_CELL = 12


class Ease(Peer):
    r"""B = I - P diag(1 / diag P) with P = (X^T X + lambda I)^-1; an epoch is the whole fit.

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
        gram = (self._task.train.T @ self._task.train).toarray()
        gram[np.diag_indices_from(gram)] += self._regularisation
        inverse = np.linalg.inv(gram)
        del gram
        inverse /= -np.diag(inverse)
        inverse[np.diag_indices_from(inverse)] = 0
        self.weights = inverse
        yield

    def recall(self, k: int) -> float:
        """Scores X B, ranked as this project ranks any scores."""
        train = self._task.train
        result = evaluate(
            lambda users: train[users] @ self.weights, self._task.test, train, [k], with_auc=False
        )
        return result.means[f"recall@{k}"]
