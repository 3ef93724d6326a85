"""The look of a plot's axes, the same in every report."""

from matplotlib.axes import Axes


def tidy(axes: Axes) -> None:
    """Grid lines behind the data, and no frame at the top and the right."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(color="#e4e4e4", linewidth=0.6)
