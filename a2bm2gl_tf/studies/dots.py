"""The picture of a study of parts: every variant's metrics, every seed shown."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from a2bm2gl_tf.comparison.plan import Comparison
from a2bm2gl_tf.comparison.published import short_name
from a2bm2gl_tf.comparison.significance import stars
from a2bm2gl_tf.comparison.summary import MethodSummary, tested_metric
from a2bm2gl_tf.reports.axes_style import GREY, MEAN_COLOUR, scatter_repeats, tidy
from a2bm2gl_tf.studies.picture_style import finish


def draw_variants(comparison: Comparison, summaries: Sequence[MethodSummary]) -> Figure | None:
    """One panel a metric, the tested one and AUC, and in it one row a variant.

    Beside a variant's name stands how sure its difference from the reference is in the tested
    metric; the dotted line is the reference's mean.

    Args:
      comparison: what the summaries are of.
      summaries: of all variants.

    Returns:
      The picture; None where fewer than two variants have a result.
    """
    shown = [summary for summary in summaries if tested_metric(comparison) in summary.metrics]
    if len(shown) < 2:
        return None
    metrics = [m for m in (tested_metric(comparison), "auc") if all(m in s.metrics for s in shown)]
    figure = Figure(figsize=(9.6, 1.6 + 0.42 * len(shown)), layout="constrained")
    panels = figure.subplots(1, len(metrics), squeeze=False, sharey=True)[0]
    for axes, metric in zip(panels, metrics, strict=True):
        _draw(axes, metric, comparison.reference, shown)
    panels[0].set_yticks(range(len(shown)), [_label(summary) for summary in shown])
    panels[0].invert_yaxis()
    names = " and ".join(short_name(metric) for metric in metrics)
    marks = f"* p < .05, ** p < .01 in {short_name(metrics[0])}, after Holm's correction"
    finish(figure, f"{names} of each variant ({marks})", comparison)
    return figure


def _draw(axes: Axes, metric: str, reference: str, summaries: Sequence[MethodSummary]) -> None:
    rows = [(row, one) for row, s in enumerate(summaries) for one in s.metrics[metric].values]
    for summary in summaries:
        if summary.entrant.name == reference:
            axes.axvline(summary.metrics[metric].mean, color=GREY, linestyle=":", linewidth=1)
    axes.plot(
        [summary.metrics[metric].mean for summary in summaries],
        range(len(summaries)),
        color=MEAN_COLOUR,
        marker="o",
        markersize=6,
        linestyle="none",
        label="mean over seeds",
    )
    scatter_repeats(axes, [one for _, one in rows], [row for row, _ in rows], "one seed")
    axes.set_xlabel(f"{short_name(metric)}, from 0 to 1")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    tidy(axes)


def _label(summary: MethodSummary) -> str:
    mark = stars(summary.contrast.corrected) if summary.contrast else ""
    return f"{summary.entrant.title} {mark}".strip()
