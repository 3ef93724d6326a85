"""Picking a method's settings by validation."""

from collections.abc import Sequence
from typing import Any


def pick_trial(records: Sequence[dict[str, Any] | None], monitor: str) -> int | None:
    """The trial with the best validation value; of equal ones the earliest.

    Args:
      records: those of the trials, in their order; None for one that was not run. Trials have no
        test metrics.
      monitor: name of the validation metric.

    Returns:
      Its number; None where no trial came to anything.
    """
    values = {
        number: record["validation"][monitor]
        for number, record in enumerate(records)
        if record is not None and record["status"] == "done"
    }
    return max(values, key=lambda number: (values[number], -number)) if values else None
