"""The picture of a search that changes one setting at a time."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from a2bm2gl_tf.reports.axes_style import GREY, draw_rows, name_rows
from a2bm2gl_tf.tuning.space import Space, changed_of, changes_nothing, short_text
from a2bm2gl_tf.tuning.study import DONE, TrialRecord


def draw_changes(records: Sequence[TrialRecord], space: Space, monitor: str) -> Figure:
    """One row a change: every fit's value and their mean; a line marks the recipe's mean.

    Args:
      records: the trials.
      space: what was searched, the recipe's values first.
      monitor: name of the value.
    """
    done = [record for record in records if record.state == DONE]
    figure = Figure(figsize=(8.4, 1.6 + 0.32 * len(done)), layout="constrained")
    axes = figure.add_subplot()
    for record in done:
        if changes_nothing(space, record.picked):
            axes.axvline(record.value, color=GREY, linestyle=":", label="the recipe's mean")
    draw_rows(axes, [(_label(record, space), record.values) for record in done])
    name_rows(axes, "mean", "one fit (fold or seed)")
    axes.set_xlabel(f"{monitor} in validation, from 0 to 1")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    axes.set_title("One change of the recipe at a time", fontsize=11)
    return figure


def _label(record: TrialRecord, space: Space) -> str:
    changed = changed_of(space, record.picked).items()
    return ", ".join(f"{name}={short_text(value)}" for name, value in changed) or "the recipe"
