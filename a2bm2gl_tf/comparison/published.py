"""Figures that others printed, for tables that stand beside ours.

`published.csv` holds them: Table 2 of the paper (Cai et al., MM 2022; K = 10, 80% of each user's
videos for training, the candidates of a ranking not said), and figures on the TikTok data that is
distributed with DiffMM (Jiang et al., MM 2024), all videos ranked.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from a2bm2gl_tf.comparison.plan import Comparison
from a2bm2gl_tf.comparison.summary import MethodSummary
from a2bm2gl_tf.reports.tables import MISSING, Table

_PATH = Path(__file__).with_name("published.csv")
_TITLES = {
    "paper": "Printed in the paper's Table 2 (another protocol, not comparable)",
    "diffmm": "Published on the TikTok data of DiffMM (the same split, other tuning)",
}
_NOTES = {
    "paper": "The paper does not say which candidates are ranked; its Kwai and TikTok data are not "
    "public. The last columns are this project's figures on its own data.",
    "diffmm": "Each tuned by its publication, not by one budget; methods with content had three "
    "modalities there. The last columns are this project's figures.",
}
# A source that is shown beside results on these data alone.
_DATASETS = {"diffmm": "tiktok"}
_SHORT = {"precision": "P", "recall": "R", "ndcg": "NDCG", "hit_rate": "HR", "auc": "AUC"}


def short_name(metric: str) -> str:
    """The name in a table's header: "P@10" for "precision@10", say."""
    name, at, k = metric.partition("@")
    return _SHORT.get(name, name) + at + k


def published_tables(
    results: Sequence[tuple[Comparison, Sequence[MethodSummary]]],
) -> list[Table]:
    """One table a source, with this project's figures of the same methods in the last columns.

    Args:
      results: the comparisons with their rows.
    """
    sources: dict[str, dict[str, dict[tuple[str, str], str]]] = {}
    with _PATH.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            methods = sources.setdefault(row["source"], {})
            figures = methods.setdefault(row["method"], {})
            figures[row["dataset"], row["metric"]] = row["value"]
    beside = {source: _shown_beside(source, results) for source in sources}
    return [_table(s, methods, beside[s]) for s, methods in sources.items() if beside[s]]


def _shown_beside(
    source: str, results: Sequence[tuple[Comparison, Sequence[MethodSummary]]]
) -> list[tuple[Comparison, Sequence[MethodSummary]]]:
    """The comparisons beside which a source is shown."""
    only = _DATASETS.get(source)
    return [result for result in results if only in (None, result[0].data.name)]


def _table(
    source: str,
    methods: Mapping[str, Mapping[tuple[str, str], str]],
    results: Sequence[tuple[Comparison, Sequence[MethodSummary]]],
) -> Table:
    columns = list(dict.fromkeys(column for figures in methods.values() for column in figures))
    metrics = list(dict.fromkeys(name for _, name in columns))
    ours = [(comparison.data.name, _by_plain_name(summaries)) for comparison, summaries in results]
    header = ["method", *(f"{dataset} {short_name(name)}" for dataset, name in columns)]
    header += [f"ours, {name}: {short_name(metric)}" for name, _ in ours for metric in metrics]
    rows = []
    for method, figures in methods.items():
        cells = [method, *(figures.get(column, MISSING) for column in columns)]
        for _, summaries in ours:
            summary = summaries.get(_plain(method))
            found = {} if summary is None else summary.metrics
            cells += [f"{found[m].mean:.4f}" if m in found else MISSING for m in metrics]
        rows.append(tuple(cells))
    return Table(_TITLES[source], tuple(header), tuple(rows), _NOTES[source])


def _by_plain_name(summaries: Sequence[MethodSummary]) -> dict[str, MethodSummary]:
    by_title = {_plain(summary.entrant.title): summary for summary in summaries}
    return by_title | {_plain(summary.entrant.name): summary for summary in summaries}


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()
