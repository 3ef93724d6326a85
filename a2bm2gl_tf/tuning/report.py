"""What a search came to, as a CSV file, an HTML page and a few lines."""

import csv
import io
from collections import Counter
from collections.abc import Sequence

from a2bm2gl_tf.comparison.significance import stars
from a2bm2gl_tf.reports.figures import as_png
from a2bm2gl_tf.reports.page import render_page
from a2bm2gl_tf.reports.tables import BEST, MISSING, Table
from a2bm2gl_tf.tuning.changes_picture import draw_changes
from a2bm2gl_tf.tuning.contrasts import contrasts_with
from a2bm2gl_tf.tuning.drawing import ONE_AT_A_TIME
from a2bm2gl_tf.tuning.pictures import draw_history, draw_slice
from a2bm2gl_tf.tuning.space import (
    Choices,
    Space,
    changed_of,
    changes_nothing,
    short_text,
    value_text,
)
from a2bm2gl_tf.tuning.study import DONE, TrialRecord, best_of


def comma_separated(records: Sequence[TrialRecord], space: Space) -> str:
    """All trials as CSV, numbers unrounded, an empty field where there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [parameter.name for parameter in space]
    writer.writerow(
        [
            "trial",
            "state",
            "value",
            "deviation",
            *names,
            "values",
            "best_steps",
            "seconds",
            "reason",
        ]
    )
    for record in records:
        writer.writerow(
            [
                record.number,
                record.state,
                "" if record.value is None else record.value,
                "" if record.deviation is None else record.deviation,
                *(value_text(record.picked.get(name, "")) for name in names),
                " ".join(map(str, record.values)),
                " ".join(str(fit["best_step"]) for fit in record.fits),
                record.seconds,
                record.reason,
            ]
        )
    return text.getvalue()


def pictures_of(
    records: Sequence[TrialRecord], space: Space, monitor: str, search: str
) -> dict[str, tuple[str, bytes]]:
    """File name -> (what it shows, PNG).

    These are the history of the search and a picture a setting; of a search that changes one
    setting at a time, a single one of all changes.

    Args:
      records: the trials.
      space: what was searched.
      monitor: name of the value.
      search: one of `SEARCHES`.
    """
    if search == ONE_AT_A_TIME:
        picture = as_png(draw_changes(records, space, monitor))
        return {"changes.png": (f"{monitor} in validation of each change", picture)}
    pictures = {
        "history.png": (
            f"{monitor} in validation of each trial, and the best so far",
            as_png(draw_history(records, monitor)),
        )
    }
    for parameter in space:
        pictures[f"{parameter.name}.png"] = (
            f"{monitor} in validation of each done trial by {parameter.name}",
            as_png(draw_slice(records, parameter, monitor)),
        )
    return pictures


def page(
    records: Sequence[TrialRecord],
    space: Space,
    title: str,
    lead: Sequence[str],
    monitor: str,
    pictures: dict[str, tuple[str, bytes]],
    search: str,
) -> str:
    """Table and pictures as one HTML page that needs nothing else.

    Args:
      records: the trials.
      space: what was searched.
      title: the heading.
      lead: what was searched on which data, by which rules.
      monitor: name of the value.
      pictures: see `pictures_of`.
      search: one of `SEARCHES`.
    """
    tables = [_trial_table(records, space, monitor), _space_table(space)]
    if search == ONE_AT_A_TIME:
        tables = [changes_table(records, space, monitor), *tables]
    return render_page(title, lead, tables, pictures, wide=True)


def summary(records: Sequence[TrialRecord], monitor: str) -> str:
    """The best settings, with mean and deviation, in a few lines."""
    states = Counter(record.state for record in records)
    lines = [f"{len(records)} trials: " + ", ".join(f"{n} {state}" for state, n in states.items())]
    best = best_of(records)
    if best is None:
        reasons = [record.reason for record in records if record.reason]
        return "\n".join([*lines, f"none is done: {reasons[0]}" if reasons else "none is done"])
    lines.append(
        f"best: trial {best.number}, {monitor} {_spread(best)} in validation, "
        + ("1 fit" if len(best.fits) == 1 else f"mean ± deviation of {len(best.fits)} fits")
    )
    width = max(map(len, best.picked))
    lines += [f"  {name:{width}}  {value_text(value)}" for name, value in best.picked.items()]
    return "\n".join([*lines, *_lead_of(best, records)])


def _lead_of(best: TrialRecord, records: Sequence[TrialRecord]) -> list[str]:
    """How far the next best trial is behind, as a line; none without another."""
    others = [r for r in records if r.state == DONE and r.number != best.number]
    second = best_of([r for r in others if r.values != best.values])
    if second is None:
        return []
    contrast = contrasts_with(second, [best])[best.number]
    said = ""
    if contrast.p_value is not None:
        said = f", p = {contrast.p_value:.2g} (paired t-test over {len(best.fits)} fits; the pick "
        said += "flatters it)"
    return [f"ahead of trial {second.number} by {contrast.difference:.4f}{said}"]


def changes_table(records: Sequence[TrialRecord], space: Space, monitor: str) -> Table:
    """What each change of one setting does to the value; the recipe has none.

    Args:
      records: of a search that changes one setting at a time.
      space: what was searched, the recipe's values first.
      monitor: name of the value.
    """
    done = [record for record in records if record.state == DONE]
    # Not the one that was drawn first, which an interruption leaves to be drawn again.
    first = next((record for record in done if changes_nothing(space, record.picked)), None)
    contrasts = contrasts_with(first, records) if first else {}
    fits = len(first.fits) if first else 0
    rows = []
    for record in records:
        changed = changed_of(space, record.picked) if record.picked else {}
        names = ", ".join(f"{name}={value_text(value)}" for name, value in changed.items())
        contrast = contrasts.get(record.number)
        difference = MISSING if contrast is None else f"{contrast.difference:+.4f}"
        p_value = MISSING
        if contrast is not None and contrast.p_value is not None:
            p_value = f"{contrast.p_value:.2g} {stars(contrast.p_value)}".strip()
        rows.append((names or "the recipe", _spread(record), difference, p_value, record.reason))
    return Table(
        "Changes of one setting",
        ("change", monitor, "difference", "p", "remarks"),
        tuple(rows),
        f"{monitor} in validation; difference from the recipe, paired fit by fit"
        + (
            f"; p of the t-test over {fits} fits, after Holm's correction, * below .05, ** below "
            ".01"
            if fits > 1
            else ""
        ),
    )


def _spread(record: TrialRecord) -> str:
    if record.value is None:
        return MISSING
    deviation = "" if record.deviation is None else f" ± {record.deviation:.4f}"
    return f"{record.value:.4f}{deviation}"


def _trial_table(records: Sequence[TrialRecord], space: Space, monitor: str) -> Table:
    names = [parameter.name for parameter in space]
    rows = tuple(
        (
            str(record.number),
            record.state,
            _spread(record),
            *(short_text(record.picked[name]) if record.picked else MISSING for name in names),
            f"{record.seconds:,.1f}",
            record.reason,
        )
        for record in records
    )
    best = best_of(records)
    marks = {} if best is None else {(records.index(best), 2): BEST}
    several = any(record.deviation is not None for record in records)
    return Table(
        "Trials",
        ("trial", "state", monitor, *names, "seconds", "remarks"),
        rows,
        f"{monitor} is the best of a fit's validations"
        + (", mean ± standard deviation over folds and seeds" if several else "")
        + f"; bold: the best of {sum(record.state == DONE for record in records)} done trials, the "
        "earlier of equal ones. It was picked by this value, which therefore flatters it: only the "
        "test of a run with these settings says how good they are.",
        marks,
    )


def _space_table(space: Space) -> Table:
    rows = []
    for parameter in space:
        if isinstance(parameter, Choices):
            said = ", ".join(map(value_text, parameter.values))
        else:
            kind = "integers " if parameter.is_integer else ""
            said = f"{kind}{parameter.low} to {parameter.high}"
            said += ", logarithmic" if parameter.log else ""
        rows.append((parameter.name, said))
    return Table("Space", ("setting", "values"), tuple(rows))
