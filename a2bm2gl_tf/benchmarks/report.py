"""Measurements as a table: Markdown for people, CSV and JSON for programs."""

import csv
import dataclasses
import io
from collections.abc import Sequence
from typing import Any

from a2bm2gl_tf.benchmarks.measurement import Measurement, median_ratio
from a2bm2gl_tf.benchmarks.registry import METHODS
from a2bm2gl_tf.graph.propagation_timing import BackendTiming

_COLUMNS = {
    "method": "method",
    "epoch_seconds": "epoch, s",
    "epoch_ratio": "epoch / ours",
    "steps_per_second": "steps/s",
    "evaluation_users_per_second": "evaluated users/s",
    "evaluation_ratio": "evaluation / ours",
    "peak_mib": "peak, MiB",
    "recall": "R@20",
    "note": "remarks",
}


def rows_of(results: Sequence[Measurement], num_evaluated: int) -> list[dict[str, Any]]:
    """One row a method; ratios are medians over rounds against the first method measured.

    Args:
      results: the first measured one is the reference of the ratios.
      num_evaluated: users that an evaluation ranks.
    """
    ours = next((result for result in results if not result.not_measured), None)
    rows = []
    for result in results:
        epoch, evaluation = result.epoch, result.evaluation
        steps = result.steps_per_epoch
        remarks = [result.not_measured or result.note]
        if epoch is not None and not result.whole:
            remarks.append("epoch extrapolated from its first steps")
        rows.append(
            {
                "method": METHODS[result.method].title,
                "epoch_seconds": epoch,
                "epoch_ratio": median_ratio(result.epoch_seconds, ours.epoch_seconds)
                if ours
                else None,
                "steps_per_second": steps / epoch if steps and epoch else None,
                "evaluation_users_per_second": num_evaluated / evaluation if evaluation else None,
                "evaluation_ratio": median_ratio(result.evaluation_seconds, ours.evaluation_seconds)
                if ours
                else None,
                "peak_mib": result.peak_bytes / 2**20 if result.peak_bytes else None,
                "recall": result.recall if result.epoch_seconds else None,
                "note": "; ".join(filter(None, remarks)),
            }
        )
    return rows


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """A Markdown table; "-" where there is no number."""
    lines = [list(_COLUMNS.values())] + [[_text(row[name]) for name in _COLUMNS] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def backend_table(timings: Sequence[BackendTiming]) -> str:
    """Seconds of each backend's product, and of product and gradient, as a Markdown table."""
    lines = ["| backend | forward, s | forward and backward, s |", "| --- | --- | --- |"]
    lines += [f"| {t.backend} | {t.forward:.3g} | {t.both:.3g} |" for t in timings]
    return "\n".join(lines)


def comma_separated(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as CSV with a header of the names; an empty field where there is no number."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(_COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_json(results: Sequence[Measurement]) -> list[dict[str, Any]]:
    """Every round of every method, as plain values."""
    return [dataclasses.asdict(result) for result in results]


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return value or "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
