"""How much memory a command will take, said and compared with the machine's before it is taken."""

import logging
import os
from typing import NamedTuple

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.losses.memory_parts import loss_part
from a2bm2gl_tf.methods.settings import FitSettings
from a2bm2gl_tf.models.memory import available_memory_bytes
from a2bm2gl_tf.models.memory_parts import Part, Sizes
from a2bm2gl_tf.models.registry import MODELS
from a2bm2gl_tf.training.devices import gpu_memory_bytes

_LOGGER = logging.getLogger(__name__)

CHECKS = ("refuse", "warn")

_FLOAT = 4
# The process with its libraries and, in training, a traced step and the writing of checkpoints.
_PROCESS_TRAINING, _PROCESS = 900 * 2**20, 780 * 2**20
# An interaction in the splits, the batches and the graph's two directions with their indices.
_INTERACTION_BYTES = 120
# Blocks of scores at once in evaluation, the arrays of a block's size, and its bytes: see
# `evaluation.user_blocks`.
_MOST_THREADS, _BLOCK_ARRAYS, _BLOCK_BYTES = 8, 6, 2**24
# Scores of these users are drawn after a validation, up to so many values of so many bytes each.
_DRAWN_USERS, _DRAWN_VALUES, _DRAWN_BYTES = 256, 10**6, 240


class Estimate(NamedTuple):
    """The foreseen peak of a process.

    Attributes:
      parts: what takes memory all the time.
      phases: of these only the largest counts, as they follow one another.
    """

    parts: tuple[Part, ...]
    phases: tuple[Part, ...]

    @property
    def total(self) -> int:
        """Bytes at the peak."""
        return sum(part.size for part in self.parts) + max(part.size for part in self.phases)

    @property
    def on_host(self) -> int:
        """Bytes of it that are in the machine's memory where a GPU has the rest."""
        return sum(part.size for part in self.parts if part.what in _ON_HOST)

    def require(self, available: int | None, gpu: int | None = None) -> None:
        """Refuses what does not fit.

        Args:
          available: bytes of this machine; None where that is not known.
          gpu: bytes of the GPU that computes; None where there is none.

        Raises:
          UserError: with the largest part and the flag that makes it smaller.
        """
        if gpu is None:
            self._refuse(self.total, available, "this machine has")
        else:
            self._refuse(self.on_host, available, "this machine has")
            self._refuse(self.total - self.on_host, gpu, "the GPU has")

    def _refuse(self, needed: int, available: int | None, where: str) -> None:
        if available is None or needed <= available:
            return
        largest = max([*self.parts, *self.phases], key=lambda part: (bool(part.advice), part.size))
        raise UserError(
            f"out of memory foreseen: about {needed / 2**30:.1f} GiB are needed, {where} "
            f"{available / 2**30:.1f} GiB; the most, {largest.size / 2**30:.1f} GiB, is for "
            f"{largest.what}: {largest.advice}; or --memory_check=warn to try all the same"
        )


_PROCESS_NAME, _DATA_NAME = "process", "interactions"
_ON_HOST = (_PROCESS_NAME, _DATA_NAME)


def foresee(settings: FitSettings, dataset: Dataset, training: bool = True) -> Estimate:
    """Estimates the peak memory of a process that trains, or loads, and evaluates a model.

    Args:
      settings: or anything with the same fields.
      dataset: the data.
      training: whether the model is trained; otherwise it is loaded, evaluated or exported.
    """
    sizes = Sizes(
        dataset.num_users,
        dataset.num_items,
        int(dataset.train.nnz),
        tuple(modality.dimension for modality in dataset.modalities),
    )
    stored = dataset.train.nnz + dataset.validation.nnz + dataset.test.nnz
    advice = "prepare fewer interactions (prepare.py --num_interactions)"
    model = MODELS[settings.model]
    parts = (
        Part(_PROCESS_NAME, _PROCESS_TRAINING if training else _PROCESS, ""),
        Part(_DATA_NAME, _INTERACTION_BYTES * int(stored), advice),
        *model.memory_parts(sizes, settings.model_config, training),
    )
    phases = [_evaluation(sizes)]
    if training and model.trained_by_steps:
        users = min(settings.training.batch_users or sizes.users, sizes.users)
        dimension = settings.model_config.dimension
        phases += [loss_part(settings.loss, sizes, dimension, users), _drawing(sizes)]
    return Estimate(parts, tuple(phases))


def check_memory(estimate: Estimate, check: str) -> None:
    """Says what is foreseen and what this machine has left, and refuses what does not fit.

    Args:
      estimate: of the process that calls this.
      check: one of `CHECKS`; with "warn" nothing is refused.

    Raises:
      UserError: if it does not fit and is to be refused.
    """
    available, gpu = available_memory_bytes(), gpu_memory_bytes()
    fields = {"foreseen": estimate.total, "available": available, "gpu": gpu}
    _LOGGER.info(
        "memory: about %.2f GiB foreseen%s",
        estimate.total / 2**30,
        "" if available is None else f", {available / 2**30:.1f} GiB available",
        extra={"event": "memory", **{f"{name}_bytes": size for name, size in fields.items()}},
    )
    try:
        estimate.require(available, gpu)
    except UserError as error:
        if check != "warn":
            raise
        _LOGGER.warning("%s", error, extra={"event": "memory"})


def _evaluation(sizes: Sizes) -> Part:
    block = min(_BLOCK_BYTES, sizes.users * sizes.items * _FLOAT)
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    return Part("blocks of scores in evaluation", threads * _BLOCK_ARRAYS * block, "")


def _drawing(sizes: Sizes) -> Part:
    scores = _DRAWN_USERS * sizes.items
    size = 3 * _FLOAT * scores + _DRAWN_BYTES * min(scores, _DRAWN_VALUES)
    return Part("distributions of scores", size, "")
