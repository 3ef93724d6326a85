"""Summaries as tables for people and as CSV for programs."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from a2bm2gl_tf.comparison.captions import OF_METHODS, Wording, caption
from a2bm2gl_tf.comparison.plan import Comparison
from a2bm2gl_tf.comparison.published import published_tables, short_name
from a2bm2gl_tf.comparison.significance import stars
from a2bm2gl_tf.comparison.source import joined
from a2bm2gl_tf.comparison.summary import MethodSummary, Spread, tested_metric
from a2bm2gl_tf.reports.page import render_page
from a2bm2gl_tf.reports.tables import BEST, MISSING, SECOND, Table, as_markdown

Results = Sequence[tuple[Comparison, Sequence[MethodSummary]]]


def comparison_table(
    comparison: Comparison, summaries: Sequence[MethodSummary], wording: Wording = OF_METHODS
) -> Table:
    """The table of one dataset: a row a method, the best of a column marked, and the second."""
    metrics = _shown_metrics(comparison)
    reference = comparison.reference
    ours = next((s.entrant.title for s in summaries if s.entrant.name == reference), None)
    tested = short_name(tested_metric(comparison))
    header = [wording.row, *map(short_name, metrics)]
    if ours:
        header.append(f"{tested} against {ours}")
    header += ["fit, s", "peak, MiB", wording.settings, "remarks"]
    rows = []
    for summary in summaries:
        cells = [summary.entrant.title, *(_spread(summary.metrics.get(m)) for m in metrics)]
        if ours:
            cells.append(_contrast(summary))
        memory = summary.peak_memory_bytes
        cells += [
            MISSING if summary.seconds is None else f"{summary.seconds:,.1f}",
            MISSING if memory is None else f"{memory / 2**20:,.0f}",
            MISSING if summary.trial is None else picked_text(summary.picked, wording.unchanged),
            summary.remarks,
        ]
        rows.append(tuple(cells))
    return Table(
        f"{comparison.data.name}: {comparison.data.sizes}",
        tuple(header),
        tuple(rows),
        caption(comparison, summaries, ours, wording),
        _marks(comparison, summaries, metrics),
    )


def picked_text(picked: dict[str, Any], unchanged: str) -> str:
    """The settings of a trial as words; a tenth of 3 is 0.3 there, whatever its last bits."""
    shown = {
        name: float(f"{value:.12g}") if isinstance(value, float) else value
        for name, value in picked.items()
    }
    return ", ".join(f"{name}={value}" for name, value in shown.items()) or unchanged


def markdown(results: Results) -> str:
    """All tables as Markdown, the published ones last."""
    parts = [f"## {OF_METHODS.heading}", *map(as_markdown, _all_tables(results))]
    return "\n\n".join(parts) + "\n"


def page(results: Results) -> str:
    """All tables as one HTML page that needs nothing else."""
    lead = [
        f"{len(comparison.entrants)} methods on {comparison.data.name}: {comparison.data.protocol}"
        for comparison, _ in results
    ]
    return render_page(OF_METHODS.heading, lead, _all_tables(results), {}, wide=True)


def comma_separated(results: Results, wording: Wording = OF_METHODS) -> str:
    """All rows of all datasets as CSV, numbers unrounded, an empty field where there is none."""
    rows = [_csv_row(comparison, s, wording) for comparison, found in results for s in found]
    columns = dict.fromkeys(name for row in rows for name in row)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _all_tables(results: Results) -> list[Table]:
    return [*(comparison_table(*result) for result in results), *published_tables(results)]


def _shown_metrics(comparison: Comparison) -> list[str]:
    # That of the paper's Table 2 first; the hit rate is in the CSV.
    names = ("precision", "recall", "ndcg")
    return [f"{name}@{k}" for k in comparison.rules.evaluation.top_k for name in names] + ["auc"]


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return MISSING
    deviation = "" if spread.deviation is None else f" ± {spread.deviation:.4f}"
    return f"{spread.mean:.4f}{deviation}"


def _contrast(summary: MethodSummary) -> str:
    contrast = summary.contrast
    if contrast is None:
        return MISSING
    side = "▲ better" if contrast.difference > 0 else "▼ worse"
    side = side if contrast.difference else "= equal"
    return f"{side} {contrast.difference:+.4f} {stars(contrast.corrected)}".rstrip()


def _marks(
    comparison: Comparison, summaries: Sequence[MethodSummary], metrics: Sequence[str]
) -> dict[tuple[int, int], str]:
    """The best and the second of each metric, among the methods that all seeds are there of."""
    whole = [
        (row, summary)
        for row, summary in enumerate(summaries)
        if summary.seeds == len(comparison.rules.seeds)
    ]
    marks = {}
    for column, metric in enumerate(metrics, start=1):
        means = {row: s.metrics[metric].mean for row, s in whole if metric in s.metrics}
        order = sorted(set(means.values()), reverse=True)
        for value, mark in zip(order, (BEST, SECOND), strict=False):
            marks |= {(row, column): mark for row, mean in means.items() if mean == value}
    return marks


def _csv_row(comparison: Comparison, summary: MethodSummary, wording: Wording) -> dict[str, Any]:
    contrast, rules = summary.contrast, comparison.rules
    row = {
        "dataset": comparison.data.name,
        "data": comparison.data.fingerprint,
        "protocol": comparison.data.protocol,
        wording.row: summary.entrant.name,
        "title": summary.entrant.title,
        "group": summary.entrant.group,
        "seeds": len(rules.seeds),
        "seeds_finished": summary.seeds,
    }
    for name, spread in summary.metrics.items():
        row |= {name: spread.mean, f"{name}_deviation": spread.deviation}
    if contrast is not None:
        row |= {
            "tested_metric": tested_metric(comparison),
            f"difference_from_{comparison.reference}": contrast.difference,
            "p_value": contrast.p_value,
            "p_value_holm": contrast.corrected,
            "significance": stars(contrast.corrected),
        }
    return row | {
        "seconds": summary.seconds,
        "seconds_per_epoch": summary.seconds_per_epoch,
        "peak_memory_bytes": summary.peak_memory_bytes,
        "trial": summary.trial,
        "picked": json.dumps(summary.picked) if summary.trial is not None else None,
        "source": joined(summary.sources),
        "best_steps": " ".join(map(str, summary.best_steps)),
        "remarks": summary.remarks,
    }
