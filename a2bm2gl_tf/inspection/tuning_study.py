"""A search of tune.py: what is searched, how many trials it has, the best of them."""

import statistics
from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.inspection.reading import is_locked, read_lines, read_object

_IDENTITY, _JOURNAL, _LOCK = "study.json", "study.journal", ".lock"
_KIND = "a2bm2gl search"
# Records of Optuna's journal: a trial is begun, ended, noted upon; the study is noted upon.
_STUDY_NOTE, _BEGIN, _END, _NOTE = 2, 4, 6, 8
_ENDS = {1: "done", 2: "pruned", 3: "failed"}


def is_tuning_study(directory: Path) -> bool:
    """Whether a directory is that of a search."""
    return (directory / _IDENTITY).is_file()


def summarise_tuning_study(directory: Path) -> dict[str, Any]:
    """What the identity and the journal of a search say.

    Raises:
      UserError: naming the file that cannot be read.
    """
    identity = read_object(directory / _IDENTITY)
    if identity.get("kind") != _KIND:
        raise UserError(f"{directory / _IDENTITY}: not a search of this version")
    try:
        ends, fits, abandoned = {}, {}, set()
        begun = 0
        for record in read_lines(directory / _JOURNAL):
            operation = record["op_code"]
            if operation == _BEGIN:
                ends[begun] = "unfinished"
                begun += 1
            elif operation == _END:
                ends[record["trial_id"]] = _ENDS.get(record["state"], "unfinished")
            elif operation == _NOTE and "fits" in record["user_attr"]:
                fits[record["trial_id"]] = record["user_attr"]["fits"]
            elif operation == _STUDY_NOTE and "abandoned" in record["user_attr"]:
                abandoned = set(record["user_attr"]["abandoned"])
        counted = [trial for trial in ends if trial not in abandoned]
        values = {
            number: statistics.fmean(fit["value"] for fit in fits[trial])
            for number, trial in enumerate(counted, start=1)
            if ends[trial] == "done" and trial in fits
        }
        best = max(values, key=lambda number: (values[number], -number), default=None)
        states = [ends[trial] for trial in counted]
        return {
            "kind": "tuning study",
            "directory": str(directory),
            "model": identity["settings"]["model"],
            "dataset": {"fingerprint": identity["data"]},
            "searched": sorted(identity["space"]),
            "search": identity["rules"]["search"],
            "monitor": identity["settings"]["training"]["monitor"],
            "trials": {state: states.count(state) for state in sorted(set(states))},
            "best_trial": best,
            "best_value": values.get(best),
            "running": is_locked(directory / _LOCK),
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UserError(
            f"{directory}: not the files of a search of this version "
            f"({type(error).__name__}: {error})"
        ) from error
