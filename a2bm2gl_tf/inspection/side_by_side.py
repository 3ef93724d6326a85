"""Several runs in one table: what differs between them, and how well they do."""

from collections.abc import Sequence
from typing import Any

from a2bm2gl_tf.inspection.shown_metrics import SHOWN_METRICS


def differing_settings(runs: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Setting -> its value in each run, for settings that are not the same in all.

    Args:
      runs: summaries of `summarise_run`. A value is None where a run has no such setting, or where
        it is not known which data a run had.
    """
    columns = [
        {"data fingerprint": run["dataset"].get("fingerprint"), **run["settings"]} for run in runs
    ]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = {name: [column.get(name) for column in columns] for name in names}
    return {
        name: row
        for name, row in rows.items()
        # One --seed is in five places.
        if any(value != row[0] for value in row) and (name == "training.seed" or not is_seed(name))
    }


def is_seed(setting: str) -> bool:
    """Whether a setting is one of those that --seed sets."""
    return setting.rpartition(".")[2] == "seed"


def table_of_runs(runs: Sequence[dict[str, Any]]) -> str:
    """The runs as columns: settings that differ, state, best validation value, test metrics."""
    rows = [("", [run["directory"] for run in runs])]
    rows += [
        (name, ["-" if value is None else str(value) for value in values])
        for name, values in differing_settings(runs).items()
    ]
    rows.append(("state", [run["state"] for run in runs]))
    rows.append(("epochs", [f"{run['epoch']} of {run['epochs']}" for run in runs]))
    rows.append(("best validation", [_best(run) for run in runs]))
    for name in SHOWN_METRICS:
        values = [(run["test"] or {}).get(name) for run in runs]
        if any(value is not None for value in values):
            rows.append((f"test {name}", [_number(value, ".4f") for value in values]))
    rows.append(("s an epoch", [_number(run["seconds_per_epoch"], ".3g") for run in runs]))
    gibibytes = [(run["peak_memory_bytes"] or 0) / 2**30 or None for run in runs]
    rows.append(("peak GiB", [_number(value, ".2f") for value in gibibytes]))
    widths = [max(len(row[1][i]) for row in rows) for i in range(len(runs))]
    first = max(len(name) for name, _ in rows)
    return "\n".join(
        "  ".join([f"{name:{first}}", *(f"{v:>{w}}" for v, w in zip(row, widths, strict=True))])
        for name, row in rows
    )


def _best(run: dict[str, Any]) -> str:
    return f"{run['monitor']} {_number(run['best_value'], '.4f')}"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
