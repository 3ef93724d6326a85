"""The pictures of a sensitivity study: metrics against a hyper-parameter, every seed shown."""

import dataclasses
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from a2bm2gl_tf.comparison.plan import Comparison
from a2bm2gl_tf.comparison.published import short_name
from a2bm2gl_tf.comparison.summary import MethodSummary, Spread, tested_metric
from a2bm2gl_tf.reports.axes_style import GREY, MEAN_COLOUR, scatter_repeats, tidy
from a2bm2gl_tf.studies.picture_style import finish
from a2bm2gl_tf.studies.study import Parameter


@dataclasses.dataclass(frozen=True)
class Curve:
    """One metric against a parameter.

    Attributes:
      metric: its name.
      points: (value of the parameter, metric over the seeds), ascending.
    """

    metric: str
    points: tuple[tuple[float, Spread], ...]


def curves_of(
    parameter: Parameter, comparison: Comparison, summaries: Sequence[MethodSummary]
) -> list[Curve]:
    """The curves of the tested metric and of AUC; none where there are not two points.

    A point is the recipe, at its own value, or a variant that changes this parameter alone; each
    has the L2 weight that it was tested with, where several were tried.
    """
    curves = []
    for metric in (tested_metric(comparison), "auc"):
        points = {}
        for summary in summaries:
            settings = summary.entrant.defaults
            changed = {k: v for k, v in summary.entrant.trials[0].items() if k != "l2"}
            reference = summary.entrant.name == comparison.reference
            if metric in summary.metrics and (reference or set(changed) == {parameter.name}):
                value = changed.get(parameter.name, parameter.of(settings))
                points[value] = summary.metrics[metric]
        if len(points) > 1:
            curves.append(Curve(metric, tuple(sorted(points.items()))))
    return curves


def draw_curves(parameter: Parameter, curves: Sequence[Curve], comparison: Comparison) -> Figure:
    """One panel a metric, one above the other: the mean as a line, beside it all seeds' points.

    Args:
      parameter: the axis.
      curves: at least one.
      comparison: what they are of.
    """
    figure = Figure(figsize=(6.4, 1.5 + 2.6 * len(curves)), layout="constrained")
    own = parameter.of(comparison.entrants[0].defaults)
    panels = figure.subplots(len(curves), 1, squeeze=False, sharex=True)[:, 0]
    for axes, curve in zip(panels, curves, strict=True):
        _draw(axes, parameter, curve, own)
    panels[-1].set_xlabel(parameter.label)
    names = " and ".join(short_name(curve.metric) for curve in curves)
    finish(figure, f"{names} against {parameter.symbol}", comparison)
    return figure


def _draw(axes: Axes, parameter: Parameter, curve: Curve, own: float) -> None:
    values = [value for value, _ in curve.points]
    seeds = [(value, one) for value, spread in curve.points for one in spread.values]
    axes.axvline(own, color=GREY, linestyle=":", linewidth=1, label=f"recipe's {parameter.symbol}")
    axes.plot(
        values,
        [spread.mean for _, spread in curve.points],
        color=MEAN_COLOUR,
        marker="o",
        markersize=5,
        label="mean over seeds",
    )
    scatter_repeats(axes, *zip(*seeds, strict=True), label="one seed")
    if parameter.logarithmic and min(values) > 0:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(values))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_ylabel(f"{short_name(curve.metric)}, from 0 to 1")
    tidy(axes)
