"""What every method of the benchmark is given, and what it has to offer."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy.sparse as sp


@dataclasses.dataclass(frozen=True)
class Task:
    """One piece of work, the same for all methods.

    Attributes:
      train: float32 CSR (U, V) of ones, sorted indices.
      test: likewise, disjoint from `train`.
      dimension: d of the embeddings.
      num_layers: K of the graph models.
      cores: CPU cores that a method may use.
      batch_users: users a step of this project; 0 takes all.
      memory_bytes: the most that a dense matrix and its copies may take.
      seed: integer seed.
    """

    train: sp.csr_matrix
    test: sp.csr_matrix
    dimension: int = 64
    num_layers: int = 2
    cores: int = 2
    batch_users: int = 1024
    memory_bytes: int = 8 * 2**30
    seed: int = 0


class NotMeasured(Exception):  # noqa: N818 - an answer, not an error
    """A method that cannot take part; the message says why and what would change it."""


class Peer:
    """A method under measurement: trains epoch by epoch, and ranks all users.

    Attributes:
      steps_per_epoch: optimiser steps an epoch; 0 where a method trains in one piece.
      note: what must be said beside its numbers, or "".
    """

    steps_per_epoch: int = 0
    note: str = ""

    def epoch(self) -> Iterator[None]:
        """One pass over the training data; yields after each step whose work is really done."""
        raise NotImplementedError

    def recall(self, k: int) -> float:
        """Mean Recall@k of all users with a test item over unseen items, the method's own way."""
        raise NotImplementedError


def save_task(task: Task, directory: Path) -> None:
    """Writes the matrices of a task where a worker finds them."""
    sp.save_npz(directory / "train.npz", task.train, compressed=False)
    sp.save_npz(directory / "test.npz", task.test, compressed=False)


def load_task(directory: Path, settings: dict) -> Task:
    """Reads a task that `save_task` wrote.

    Args:
      directory: where it is.
      settings: the other attributes.
    """
    train, test = (sp.load_npz(directory / f"{name}.npz").tocsr() for name in ("train", "test"))
    return Task(train, test, **settings)


def recall_of_lists(items: np.ndarray, users: np.ndarray, test: sp.csr_matrix) -> float:
    """Mean recall of recommendation lists.

    Args:
      items: int (n, k) distinct item rows of each user; negative where a place is empty.
      users: int (n,) user rows, each with a test item.
      test: CSR (U, V).
    """
    wanted = test[users]
    keys = np.repeat(np.arange(users.size), np.diff(wanted.indptr)) * test.shape[1]
    listed = np.arange(users.size)[:, None] * test.shape[1] + items
    hits = (np.isin(listed, keys + wanted.indices) & (items >= 0)).sum(axis=1)
    return float((hits / np.diff(wanted.indptr)).mean())
