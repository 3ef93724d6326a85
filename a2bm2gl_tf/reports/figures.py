"""Figures of a data set's description, drawn without a screen."""

import datetime
import io
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from a2bm2gl_tf.data.description.concentration import ccdf, gini, lorenz
from a2bm2gl_tf.data.description.content import ModalityCoverage
from a2bm2gl_tf.data.preparation.result import PART_NAMES

_USERS, _ITEMS = "#1f5fa6", "#c8443c"
_PARTS = ("#1f5fa6", "#d99a1c", "#c8443c")
_STYLES = ("-", ":", "--")
_GREY = "#777777"
_DPI = 150
_TIME_BINS = 60
_SECONDS_A_DAY = 86_400
# Seconds since 1970 from 1980 to 2100; other numbers are not taken for dates.
_EARLIEST_DATE, _LATEST_DATE = 315_532_800, 4_102_444_800


def draw_degrees(user_degrees: np.ndarray, item_degrees: np.ndarray) -> Figure:
    """Activity of users and popularity of items: P(degree >= k), both axes logarithmic.

    Args:
      user_degrees: integer (U,).
      item_degrees: integer (V,).
    """
    figure, axes = _blank("How many have at least so many interactions")
    for degrees, name, colour, marker in (
        (user_degrees, "users", _USERS, "o"),
        (item_degrees, "items", _ITEMS, "s"),
    ):
        values, shares = ccdf(degrees)
        axes.loglog(
            values, shares, color=colour, marker=marker, markersize=3, linewidth=1, label=name
        )
    axes.set_xlabel("interactions k")
    axes.set_ylabel("share with at least k interactions")
    axes.grid(which="both", color="#e4e4e4", linewidth=0.6)
    axes.legend()
    return figure


def draw_lorenz(user_degrees: np.ndarray, item_degrees: np.ndarray) -> Figure:
    """How unevenly interactions are shared: Lorenz curves, with Gini coefficients.

    Args:
      user_degrees: integer (U,).
      item_degrees: integer (V,).
    """
    figure, axes = _blank("How unevenly interactions are shared")
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":", label="equal shares")
    for degrees, name, colour, style in (
        (user_degrees, "users", _USERS, "-"),
        (item_degrees, "items", _ITEMS, "--"),
    ):
        label = f"{name}, Gini {gini(degrees):.3f}"
        axes.plot(*lorenz(degrees), color=colour, linestyle=style, label=label)
    axes.set_xlabel("share of users or items, least active first")
    axes.set_ylabel("their share of the interactions")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.grid(color="#e4e4e4", linewidth=0.6)
    axes.legend(loc="upper left")
    return figure


def draw_coverage(modalities: Sequence[ModalityCoverage], num_items: int) -> Figure:
    """Which share of the items has each modality, and how many of those differ from the others.

    Args:
      modalities: at least one.
      num_items: V.
    """
    figure, axes = _blank("Items that have each modality", height=1.6 + 0.5 * len(modalities))
    names = [one.name for one in modalities]
    distinct = np.array([one.present - one.repeated_rows for one in modalities]) / num_items
    repeated = np.array([one.repeated_rows for one in modalities]) / num_items
    axes.barh(names, distinct, color=_USERS, height=0.6, label="different features")
    axes.barh(
        names, repeated, left=distinct, color=_PARTS[1], height=0.6, label="equal to another's"
    )
    for row, one in enumerate(modalities):
        axes.annotate(
            f"{one.present:,} ({one.present_percent:.1f}%)",
            (one.present / num_items, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_xlim(0, 1.3)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel(f"share of {num_items:,} items")
    axes.invert_yaxis()
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False
    )
    return figure


def draw_times(times: np.ndarray, parts: np.ndarray) -> Figure:
    """When the interactions of each part of a fold happened.

    Times that can be seconds since 1970 are shown as dates (UTC).

    Args:
      times: int64 (n,).
      parts: uint8 (n,), the part of each interaction.
    """
    figure, axes = _blank("When interactions happened")
    dated = times.min() >= _EARLIEST_DATE and times.max() <= _LATEST_DATE
    # Differences first: float64 cannot tell times of 19 digits apart.
    first = int(times.min())
    edges = np.linspace(0, max(1, int(times.max()) - first), _TIME_BINS + 1)
    shown = [_as_date(first + edge) if dated else first + edge for edge in edges]
    for part, name in PART_NAMES.items():
        chosen = times[parts == part]
        if len(chosen):
            counts = np.histogram(chosen - first, edges)[0]
            axes.stairs(
                counts,
                shown,
                baseline=None,
                color=_PARTS[part],
                linestyle=_STYLES[part],
                linewidth=1.5,
                label=name,
            )
    if dated:
        locator = AutoDateLocator(maxticks=8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlabel("date (UTC)" if dated else "time, in the unit of the data")
    width = edges[1] / _SECONDS_A_DAY
    bin_width = f"a bin of {width:.2g} d" if dated else f"1/{_TIME_BINS} of the time"
    axes.set_ylabel(f"interactions in {bin_width}")
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(bottom=0)
    axes.grid(color="#e4e4e4", linewidth=0.6)
    axes.legend()
    return figure


def as_png(figure: Figure) -> bytes:
    """The figure as a PNG file; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()


def _blank(title: str, height: float = 4.2) -> tuple[Figure, Axes]:
    # Not pyplot: its figures outlive their use, and it looks for a screen.
    figure = Figure(figsize=(6.4, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    return figure, axes


def _as_date(seconds: float) -> float:
    return date2num(datetime.datetime.fromtimestamp(seconds, datetime.UTC))
