"""Figures of the distributions of one user's scores."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from a2bm2gl_tf.evaluation.score_distributions import kernel_density, kernel_width

COLOURS = {"training": "#1f5fa6", "test": "#d99a1c", "negative": "#c8443c"}
_LABELS = {"training": "training items", "test": "test items", "negative": "negatives"}
_STYLES = {"training": "-", "test": "--", "negative": "-"}
BLACK, _GREY = "#222222", "#777777"
# Negatives often crowd near one score; positives have to stay legible below their peak.
_TALLEST = 5.0
_HEADROOM = 1.05
# A kernel has 99.9% of its mass within so many widths.
_WIDTHS_SHOWN = 3.3
# The name of a line, in parts of an axis.
_NAME_WIDTH = 0.09


@dataclasses.dataclass(frozen=True)
class Panel:
    """One set of axes.

    Attributes:
      title: above it.
      axis: what the scores are.
      scores: kind -> its scores; kinds without a colour are left out.
      boundaries: (B_u^up, B_u^low), or None.
    """

    title: str
    axis: str
    scores: dict[str, np.ndarray]
    boundaries: tuple[float, float] | None = None


def draw_distributions(title: str, panels: Sequence[Panel], one_axis: bool = False) -> Figure:
    """Densities of a user's scores, each of integral 1, with a tick for every positive item.

    Args:
      title: above all panels.
      panels: at least one.
      one_axis: panels lie below each other on the same axis; else two lie side by side.
    """
    columns = 1 if one_axis or len(panels) == 1 else 2
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(6.4 * columns, 0.5 + 4.0 * rows), layout="constrained")
    figure.suptitle(title, fontsize=12)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=one_axis).ravel()
    span = _span(panels) if one_axis else None
    for axes, panel in zip(grid, panels, strict=False):
        _draw_panel(axes, panel, span or _span([panel]))
        axes.xaxis.set_tick_params(labelbottom=True)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    return figure


def _span(panels: Sequence[Panel]) -> tuple[float, float]:
    """Where the axis begins and ends: all scores and boundaries, and room for the kernels."""
    drawn = [
        scores
        for panel in panels
        for kind, scores in panel.scores.items()
        if kind in COLOURS and len(scores)
    ]
    values = [*drawn, *(np.array(panel.boundaries) for panel in panels if panel.boundaries)]
    if not values:
        return -1.0, 1.0
    values = np.concatenate(values)
    pad = max(0.04 * np.ptp(values), *(_WIDTHS_SHOWN * kernel_width(scores) for scores in drawn))
    pad = pad or 1.0
    return float(values.min() - pad), float(values.max() + pad)


def _draw_panel(axes: Axes, panel: Panel, span: tuple[float, float]) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(panel.title, fontsize=10, pad=18 if panel.boundaries else 6)
    peaks = {}
    rugs = []
    for kind, colour in COLOURS.items():
        values = panel.scores[kind]
        if not len(values):
            continue
        places, density = kernel_density(values, *span)
        peaks[kind] = density.max()
        label = f"{_LABELS[kind]} ({len(values):,}), mean {values.mean():.3g}"
        axes.plot(
            places, density, color=colour, linestyle=_STYLES[kind], linewidth=1.5, label=label
        )
        axes.fill_between(places, density, color=colour, alpha=0.15, linewidth=0)
        if kind != "negative":
            rugs.append((values, colour))
    top = _top(peaks)
    if peaks.get("negative", 0.0) > top:
        axes.plot([], [], " ", label=f"(negatives peak at {peaks['negative']:.3g})")
    for place, (values, colour) in enumerate(rugs):
        first = -(place + 1) * 0.045 * top
        axes.vlines(values, first, first + 0.038 * top, color=colour, linewidth=0.9)
    axes.set_ylim(-(len(rugs) + 0.4) * 0.045 * top, _HEADROOM * top)
    axes.set_xlim(*span)
    axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= _HEADROOM * top])
    if panel.boundaries:
        _draw_boundary_lines(axes, panel.boundaries, span)
    axes.axhline(0, color=_GREY, linewidth=0.6)
    axes.set_xlabel(panel.axis)
    axes.set_ylabel("density")
    if peaks:
        # Below the axes: beside curves of any shape there is no place that is always free.
        axes.legend(
            fontsize=8,
            frameon=False,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.16),
            ncols=2,
        )
    else:
        axes.text(0.5, 0.5, "no item has a score", transform=axes.transAxes, ha="center")


def _top(peaks: dict[str, float]) -> float:
    positive = max((peak for kind, peak in peaks.items() if kind != "negative"), default=np.inf)
    return min(max(peaks.values(), default=1.0), _TALLEST * positive)


def _draw_boundary_lines(
    axes: Axes, boundaries: tuple[float, float], span: tuple[float, float]
) -> None:
    upper, lower = boundaries
    apart = abs(upper - lower) > _NAME_WIDTH * (span[1] - span[0])
    # Names of lines that nearly meet go to their outer sides.
    sides = ("center", "center") if apart else ("left", "right")
    for value, name, style, side in (
        (upper, "up", "-.", sides[0 if upper >= lower else 1]),
        (lower, "low", ":", sides[1 if upper >= lower else 0]),
    ):
        symbol = f"$B_u^{{{name}}}$"
        axes.axvline(
            value, color=BLACK, linestyle=style, linewidth=1.4, label=f"{symbol} = {value:.3g}"
        )
        axes.annotate(
            symbol,
            (value, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            ha=side,
            va="bottom",
            fontsize=10,
        )
