"""The record of a run: JSON lines for programs, TensorBoard for people."""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from io import RawIOBase
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.files import atomic_write
from a2bm2gl_tf.stored_values import is_number
from a2bm2gl_tf.training.diagnostics import Diagnostics

_LOGGER = logging.getLogger(__name__)


class RunLog:
    """Appends one JSON object a line to `metrics.jsonl` and the same values to TensorBoard.

    Args:
      directory: the run's output directory.
      resume_step: records after this step are dropped: the run was stopped after writing them and
        before saving its state, and will write them again.
    """

    def __init__(self, directory: Path, resume_step: int):
        self._path = directory / "metrics.jsonl"
        _keep_until(self._path, resume_step)
        self._writer = tf.summary.create_file_writer(str(directory / "tensorboard"))

    def record(self, kind: str, step: int, epoch: int, values: Mapping[str, float]) -> None:
        """Writes one record.

        Args:
          kind: "train" or "validation"; a prefix of the names in TensorBoard.
          step: steps done.
          epoch: epochs done.
          values: name -> number.
        """
        line = json.dumps({"kind": kind, "step": step, "epoch": epoch, **values})
        with self._path.open("ab", buffering=0) as file:
            whole = file.tell()
            try:
                _write_all(file, (line + "\n").encode())
                os.fsync(file.fileno())
            except OSError:
                # A full disk may have taken half of the line.
                file.truncate(whole)
                raise
        with self._writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(f"{kind}/{name}", value)

    def diagnostics(self, step: int, diagnostics: Diagnostics) -> None:
        """Writes histograms and attention entropies to TensorBoard."""
        with self._writer.as_default(step=step):
            for name, values in diagnostics.histograms.items():
                tf.summary.histogram(name, values)
            for name, value in diagnostics.scalars.items():
                tf.summary.scalar(name, value)
        self._writer.flush()

    def close(self) -> None:
        """Flushes what TensorBoard has not read yet."""
        self._writer.close()


def _write_all(file: RawIOBase, content: bytes) -> None:
    while content:
        content = content[file.write(content) :]


def _keep_until(path: Path, step: int) -> None:
    """Drops records after `step`, and a last line that was cut off while it was written."""
    if not path.exists():
        return
    kept = [line + "\n" for line, record in _records(path) if record["step"] <= step]
    with atomic_write(path) as file:
        file.writelines(kept)


def mean_terms(sums: Mapping[str, float], count: int) -> dict[str, float]:
    """Means of summed values, as Python floats."""
    return {name: float(np.float64(value) / count) for name, value in sums.items()}


def median_epoch_seconds(directory: Path) -> float | None:
    """The median time of a run's epochs, without validations; None where it had none.

    Args:
      directory: the run's output directory.
    """
    path = directory / "metrics.jsonl"
    if not path.exists():
        return None
    seconds = [r.get("epoch_seconds") for _, r in _records(path) if r["kind"] == "train"]
    seconds = [value for value in seconds if is_number(value)]
    return float(np.median(seconds)) if seconds else None


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields lines with their records; a damaged one is left out, with a warning.

    Not of the last one: it is empty, or what a killed process had written of it.
    """
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line.decode())
            whole = isinstance(record["step"], int) and isinstance(record["kind"], str)
        except (ValueError, RecursionError, KeyError, TypeError):
            whole = False
        if whole:
            yield line.decode(), record
        elif number < len(lines):
            _LOGGER.warning("%s, line %d: damaged, no record; it is left out", path, number)
