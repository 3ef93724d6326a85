"""The look of a plot's axes, the same in every report."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

MEAN_COLOUR, REPEAT_COLOUR, GREY = "#1f5fa6", "#d0771f", "#777777"


def tidy(axes: Axes) -> None:
    """Grid lines behind the data, and no frame at the top and the right."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(color="#e4e4e4", linewidth=0.6)


def scatter_repeats(axes: Axes, x: Sequence[float], y: Sequence[float], label: str = "") -> None:
    """A circle for the result of each seed or fold."""
    axes.scatter(
        x,
        y,
        s=22,
        facecolors="none",
        edgecolors=REPEAT_COLOUR,
        linewidths=1,
        zorder=3,
        label=label,
    )


def draw_rows(axes: Axes, rows: Sequence[tuple[str, Sequence[float]]]) -> None:
    """One row a name, from the top: the mean of its values, and a circle for each of them.

    Args:
      axes: without anything that has a label yet but lines across all rows.
      rows: (name, a value of each seed or fold).
    """
    for row, (_, values) in enumerate(rows):
        axes.plot(np.mean(values), row, "o", color=MEAN_COLOUR, markersize=6)
        scatter_repeats(axes, values, [row] * len(values))
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    tidy(axes)


def name_rows(axes: Axes, mean: str, repeat: str) -> None:
    """Gives the legend of `draw_rows` its names: of a mean, and of a circle."""
    axes.plot([], [], "o", color=MEAN_COLOUR, label=mean)
    scatter_repeats(axes, [], [], repeat)
