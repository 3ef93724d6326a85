"""Figures of how boundaries and mean scores vary over users."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from a2bm2gl_tf.reports.axes_style import tidy
from a2bm2gl_tf.reports.distribution_figures import BLACK, COLOURS


def draw_boundaries(boundaries: np.ndarray, margin: float) -> Figure:
    """B_u^up against B_u^low, a point a user, with the lines where their gap is 0 and the margin.

    Args:
      boundaries: float (U, 2), without NaN.
      margin: m.
    """
    figure, axes = _blank("Boundaries of every user")
    upper, lower = boundaries.T
    axes.scatter(lower, upper, s=9, alpha=0.45, color=COLOURS["training"], linewidths=0)
    horizontal, vertical = (_padded(values) for values in (lower, upper))
    for gap, label, style in ((margin, f"gap = m = {margin:g}", "-"), (0.0, "gap = 0", ":")):
        # A line far from every point would press the points together.
        if horizontal[0] + gap < vertical[1] and horizontal[1] + gap > vertical[0]:
            axes.axline((0, gap), slope=1, color=BLACK, linestyle=style, linewidth=1.2, label=label)
    axes.set_xlim(*horizontal)
    axes.set_ylim(*vertical)
    axes.set_xlabel("$B_u^{low}$")
    axes.set_ylabel("$B_u^{up}$")
    if axes.get_legend_handles_labels()[0]:
        axes.legend()
    return figure


def draw_spreads(columns: dict[str, np.ndarray], title: str) -> Figure:
    """How some numbers vary over users: a histogram each, on an axis of its own.

    Args:
      columns: label -> float (U,), without NaN.
      title: above the figure.
    """
    figure = Figure(figsize=(9.6, 3.6), layout="constrained")
    figure.suptitle(title, fontsize=12)
    grid = figure.subplots(1, len(columns), squeeze=False, sharey=True).ravel()
    for axes, (label, values) in zip(grid, columns.items(), strict=True):
        axes.hist(values, 30, color=COLOURS["training"], alpha=0.8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(f"{label}: {values.mean():.3g} ± {values.std():.2g}", fontsize=10)
        axes.set_xlabel(label)
        axes.xaxis.set_major_locator(MaxNLocator(4))
    grid[0].set_ylabel("users")
    return figure


def draw_spread(columns: dict[str, np.ndarray], title: str, axis: str) -> Figure:
    """How some numbers vary over users: step histograms on common bins.

    Args:
      columns: label -> float (U,), NaN where a user has none; at most three.
      title: above the figure.
      axis: what the numbers are.
    """
    figure, axes = _blank(title)
    known = {label: values[np.isfinite(values)] for label, values in columns.items()}
    everything = np.concatenate(list(known.values()))
    edges = np.histogram_bin_edges(everything, 50)
    for (label, values), kind in zip(known.items(), COLOURS, strict=False):
        axes.hist(
            values,
            edges,
            histtype="stepfilled",
            color=COLOURS[kind],
            edgecolor=COLOURS[kind],
            alpha=0.35,
            label=f"{label} ({len(values):,} users)",
        )
    axes.set_xlabel(axis)
    axes.set_ylabel("users")
    axes.legend()
    return figure


def draw_fit(pairs: dict[str, tuple[np.ndarray, np.ndarray]], title: str, axes_names) -> Figure:
    """One number of each user against another, with the line where they are equal.

    Args:
      pairs: label -> two arrays (U,); at most three.
      title: above the figure.
      axes_names: of the horizontal and the vertical axis.
    """
    figure, axes = _blank(title)
    for (label, (x, y)), kind in zip(pairs.items(), COLOURS, strict=False):
        axes.scatter(x, y, s=9, alpha=0.45, color=COLOURS[kind], linewidths=0, label=label)
    axes.axline((0, 0), slope=1, color=BLACK, linewidth=1, linestyle=":", label="equal")
    axes.set_xlabel(axes_names[0])
    axes.set_ylabel(axes_names[1])
    for handle in axes.legend().legend_handles:
        handle.set_alpha(1)
    return figure


def _padded(values: np.ndarray) -> tuple[float, float]:
    pad = 0.05 * np.ptp(values) or 1e-3
    return float(values.min() - pad), float(values.max() + pad)


def _blank(title: str) -> tuple[Figure, Axes]:
    # Not pyplot: its figures outlive their use, and it looks for a screen.
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=12)
    tidy(axes)
    return figure, axes
