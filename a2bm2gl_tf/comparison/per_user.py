"""The test metrics of each user, one file a final cell."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.reading.array_archives import load_array_archive
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.evaluate import EvaluationResult
from a2bm2gl_tf.files import atomic_write


def write_per_user(path: Path, result: EvaluationResult) -> None:
    """Writes what a test measured of each user, whole or not at all."""
    with atomic_write(path, "wb") as file:
        np.savez_compressed(file, users=result.users, **result.per_user)


def read_per_user(path: Path, metric: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Reads one metric of each user.

    Args:
      path: of the file.
      metric: its name, such as "ndcg@10".

    Returns:
      int64 (n,) user rows and float64 (n,) values; None if the file is missing or damaged.
    """
    try:
        stored = load_array_archive(path)
        users, values = stored["users"], stored[metric]
    except (UserError, KeyError):
        return None
    fits = users.ndim == 1 and values.shape == users.shape and users.dtype.kind in "iu"
    return (users, values) if fits and values.dtype.kind == "f" else None
