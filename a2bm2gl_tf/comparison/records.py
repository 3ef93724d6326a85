"""What the record of a cell must hold, for whoever reads one to rely on."""

import dataclasses
import re
from typing import Any

from a2bm2gl_tf.comparison.cells import FINAL, TRIAL
from a2bm2gl_tf.comparison.source import UNRECORDED
from a2bm2gl_tf.stored_values import from_fields, is_finite

# A key names files, so that nothing else may stand there.
_KEY = re.compile(r"[0-9a-f]{1,64}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Record:
    kind: str
    key: str
    status: str
    source: str = UNRECORDED


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Failed(_Record):
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Done(_Record):
    validation: dict[str, float | None]
    seconds: float
    seconds_per_epoch: float | None
    best_step: int
    stopped: str
    peak_memory_bytes: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Tested(_Done):
    test: dict[str, float | None]


def check_record(record: Any) -> None:
    """Refuses what is not the record of a cell, as `Cell.failed` and `run_cell` make them.

    Args:
      record: a value of JSON. What it holds besides what tables are made of is not looked at.

    Raises:
      KeyError, TypeError, ValueError: naming what is missing or not as it should be.
    """
    if record["kind"] not in (TRIAL, FINAL):
        raise ValueError(f"{record['kind']!r} is no kind of cell")
    if not isinstance(record["key"], str) or not _KEY.fullmatch(record["key"]):
        raise ValueError("the key is none")
    match record["status"], record["kind"]:
        case "failed", _:
            made = _Failed
        case "done", "final":
            made = _Tested
        case "done", _:
            made = _Done
        case status, _:
            raise ValueError(f"{status!r} is no status")
    if record["kind"] == TRIAL and "test" in record:
        raise ValueError("a trial must not be tested, for nobody may select by that")
    names = [field.name for field in dataclasses.fields(made)]
    from_fields(made, {name: record[name] for name in names if name in record})
    if record["status"] == "done":
        monitor = record["settings"]["training"]["monitor"]
        if not is_finite(record["validation"][monitor]):
            raise ValueError(f"validation has no {monitor}")
