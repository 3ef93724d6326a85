"""The collaborative part (Eq. 1) with the adaptive loss over all negatives (Eq. 8)."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.benchmarks.task import Peer, Task
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.evaluation.evaluate import evaluate
from a2bm2gl_tf.evaluation.scoring import embedding_scores
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.losses.registry import build_loss
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training.assembly import assemble
from a2bm2gl_tf.training.config import TrainingConfig
from a2bm2gl_tf.training.distribution import Distribution
from a2bm2gl_tf.training.prefetch import Prefetcher


class ThisProject(Peer):
    """Trains with the step, batches and optimiser that train.py uses.

    An epoch takes every user and every interaction once, against all negatives.

    Args:
      task: the work.
      model: registry name of the model.
    """

    def __init__(self, task: Task, model: str = "a2bm2gl"):
        self._task = task
        config = ModelConfig(
            dimension=task.dimension,
            num_layers=task.num_layers,
            anti_bottleneck=False,
            semantic=False,
            seed=task.seed,
        )
        training = TrainingConfig(batch_users=task.batch_users, seed=task.seed)
        self._model = build_model(model, _dataset(task), config)
        degrees = np.asarray(task.train.sum(axis=0)).ravel()
        loss = build_loss(LossConfig(seed=task.seed), task.dimension, degrees, task.train.shape[0])
        objective = Objective(loss, LossConfig(seed=task.seed), task.train.shape[0])
        self._batches, _, self._step = assemble(
            self._model, objective, task.train, training, Distribution()
        )
        self._done = 0
        self.steps_per_epoch = self._batches.steps_per_epoch
        self.note = "all negatives"

    def epoch(self) -> Iterator[None]:
        """Every user once, batches prepared ahead as in training."""
        last = self._done + self.steps_per_epoch
        with Prefetcher(self._batches.at_step, self._done, last) as batches:
            while self._done < last:
                terms = self._step(batches.take(), tf.constant(self._done, tf.int32))
                float(terms["loss"])  # waits until the step is done
                self._done += 1
                yield

    def recall(self, k: int) -> float:
        """Evaluates as train.py validates: four metrics, ties in expectation."""
        users, items = self._model.embeddings()
        scores = embedding_scores(users.numpy(), items.numpy())
        result = evaluate(scores, self._task.test, self._task.train, [k], with_auc=False)
        return result.means[f"recall@{k}"]


def _dataset(task: Task) -> Dataset:
    num_users, num_items = task.train.shape
    nothing = task.test[:0]
    return Dataset(
        name="benchmark",
        user_ids=np.arange(num_users),
        item_ids=np.arange(num_items),
        item_titles=None,
        modalities=(),
        train=task.train,
        validation=nothing,
        test=task.test,
        split="given",
    )
