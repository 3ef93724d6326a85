"""Pictures of a search, drawn without a screen."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from a2bm2gl_tf.reports.axes_style import tidy
from a2bm2gl_tf.tuning.space import Choices, Parameter, value_text
from a2bm2gl_tf.tuning.study import DONE, TrialRecord, best_of

_TRIAL, _BEST, _GREY = "#1f5fa6", "#c8443c", "#777777"
_MOST_TICKS = 12
# Of the width, left empty beside the ends of a range.
_EDGE = 0.04


def draw_history(records: Sequence[TrialRecord], monitor: str) -> Figure:
    """The value of each trial and the best so far; trials that came to none, along the bottom.

    Args:
      records: the trials.
      monitor: name of the value.
    """
    figure, axes = _blank("Value over trials", "trial", f"{monitor} in validation")
    done = [record for record in records if record.state == DONE]
    numbers = [record.number for record in done]
    values = [record.value for record in done]
    if any(record.deviation for record in done):
        spread = [record.deviation or 0.0 for record in done]
        axes.errorbar(numbers, values, spread, fmt="none", ecolor=_TRIAL, alpha=0.4, linewidth=1)
    axes.plot(numbers, values, "o", color=_TRIAL, markersize=4, label="trial")
    if done:
        # Drawn on to the last trial, which may be none of the done ones.
        best = np.maximum.accumulate([*values, -np.inf])
        axes.step(
            [*numbers, records[-1].number], best, where="post", color=_BEST, label="best so far"
        )
    others = [record.number for record in records if record.state != DONE]
    if others:
        axes.plot(
            others,
            np.zeros(len(others)),
            "x",
            color=_GREY,
            clip_on=False,
            markersize=5,
            transform=axes.get_xaxis_transform(),
            label="pruned, failed or unfinished",
        )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(0.5, max((record.number for record in records), default=1) + 0.5)
    axes.legend(fontsize=9)
    return figure


def draw_slice(records: Sequence[TrialRecord], parameter: Parameter, monitor: str) -> Figure:
    """The value of each done trial by one of its settings, the best marked.

    Args:
      records: the trials.
      parameter: the setting.
      monitor: name of the value.
    """
    name = parameter.name
    figure, axes = _blank(f"Value by {name}", name, f"{monitor} in validation")
    done = [record for record in records if record.state == DONE]
    if isinstance(parameter, Choices):
        texts = [value_text(value) for value in _ordered(parameter.values)]
        places = [texts.index(value_text(record.picked[name])) for record in done]
        step = -(-len(texts) // _MOST_TICKS)
        axes.set_xticks(range(0, len(texts), step), texts[::step])
        axes.set_xlim(-0.5, len(texts) - 0.5)
    else:
        places = [record.picked[name] for record in done]
        low, high = parameter.low, parameter.high
        if parameter.log and high >= 10 * low:
            axes.set_xscale("log")
            axes.xaxis.set_minor_formatter(NullFormatter())
            edge = (high / low) ** _EDGE
            axes.set_xlim(low / edge, high * edge)
        else:
            axes.set_xlim(low - _EDGE * (high - low), high + _EDGE * (high - low))
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=parameter.is_integer))
    values = [record.value for record in done]
    axes.plot(places, values, "o", color=_TRIAL, alpha=0.6, markersize=5, label="trial")
    best = best_of(records)
    if best is not None:
        place = places[done.index(best)]
        axes.plot(place, best.value, "s", color=_BEST, markersize=8, label="best", fillstyle="none")
    axes.legend(fontsize=9)
    return figure


def _ordered(values: Sequence) -> list:
    """Numbers by size, anything else as it was given."""
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return sorted(values) if numbers else list(values)


def _blank(title: str, across: str, up: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=12)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    tidy(axes)
    return figure, axes
