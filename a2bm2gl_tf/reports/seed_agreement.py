"""What is said of all users' scores and boundaries, over runs that differ in the seed alone."""

import csv
import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.stats
from matplotlib.figure import Figure

from a2bm2gl_tf.reports.axes_style import draw_rows, name_rows
from a2bm2gl_tf.reports.distribution_data import SeedRun
from a2bm2gl_tf.reports.tables import MISSING, Table

# Below it a p-value says nothing more.
_SMALLEST_P = 1e-16
_UNIT_LABELS = {
    "score": "units of the score",
    "correlation": "correlation over users, from -1 to 1",
}


class Quantity(NamedTuple):
    """A number that every seed has one of.

    Attributes:
      name: as tables print it.
      unit: "score" or "correlation".
      by_seed: a value of each run.
      p_value: that the number is 0 but for the luck of users, or None where that is no question.
    """

    name: str
    unit: str
    by_seed: tuple[float, ...]
    p_value: float | None


def quantities(runs: Sequence[SeedRun]) -> list[Quantity]:
    """Means over users, differences of means, and correlations over users.

    The p-value of a difference is that of the paired t-test over users, the p-value of a
    correlation Pearson's, both of every user's values averaged over seeds. None is corrected for
    there being several.

    Args:
      runs: at least one, all with boundaries or all without.
    """
    training, test, negative = (
        np.stack([run.means[:, column] for run in runs]) for column in range(3)
    )
    found = [
        _mean("mean score, training", training),
        _mean("mean score, test", test),
        _mean("mean score, negative", negative),
        _difference("test less negative", test, negative),
    ]
    if runs[0].boundaries is None:
        return found
    upper, lower = (np.stack([run.boundaries[:, side] for run in runs]) for side in range(2))
    return [
        *found,
        _mean("B_up", upper),
        _mean("B_low", lower),
        _difference("B_up less B_low", upper, lower),
        _difference("B_up less training", upper, training),
        _difference("B_low less negative", lower, negative),
        _correlation("B_up with training", upper, training),
        _correlation("B_up with test", upper, test),
        _correlation("B_low with negative", lower, negative),
    ]


def _mean(name: str, values: np.ndarray) -> Quantity:
    return Quantity(name, "score", tuple(_mean_of_known(row) for row in values), None)


def _difference(name: str, one: np.ndarray, other: np.ndarray) -> Quantity:
    by_user = _over_seeds(one - other)
    known = by_user[np.isfinite(by_user)]
    p_value = None
    if len(known) > 1 and np.ptp(known) > 0:
        p_value = float(scipy.stats.ttest_1samp(known, 0.0).pvalue)
    return Quantity(name, "score", tuple(_mean_of_known(row) for row in one - other), p_value)


def _correlation(name: str, one: np.ndarray, other: np.ndarray) -> Quantity:
    by_seed = tuple(_pearson(*pair)[0] for pair in zip(one, other, strict=True))
    _, p_value = _pearson(_over_seeds(one), _over_seeds(other))
    return Quantity(name, "correlation", by_seed, None if np.isnan(p_value) else p_value)


def _over_seeds(values: np.ndarray) -> np.ndarray:
    """Every user's mean over seeds, (U,); NaN where a seed has none."""
    return values.astype(np.float64).mean(axis=0)


def _mean_of_known(values: np.ndarray) -> float:
    known = values[np.isfinite(values)].astype(np.float64)
    return float(known.mean()) if len(known) else np.nan


def _pearson(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    known = np.isfinite(one) & np.isfinite(other)
    x, y = one[known].astype(np.float64), other[known].astype(np.float64)
    if len(x) < 3 or not (np.ptp(x) > 0 and np.ptp(y) > 0):
        return np.nan, np.nan
    found = scipy.stats.pearsonr(x, y)
    return float(found.statistic), float(found.pvalue)


def seeds_table(runs: Sequence[SeedRun]) -> Table:
    """Every quantity with its value for each seed, mean and deviation."""
    rows = tuple(
        (
            quantity.name,
            *map(_number, quantity.by_seed),
            _spread(quantity.by_seed),
            _p_value(quantity.p_value),
        )
        for quantity in quantities(runs)
    )
    return Table(
        "Over seeds",
        ("of all users", *(f"seed {run.seed}" for run in runs), "mean ± deviation", "p"),
        rows,
        "Means are over the users who have such items; 'with' is Pearson's correlation over users. "
        "A seed may have a split of its own. p is the chance of so large a difference (paired "
        "t-test over users) or correlation if there were none, of every user's values averaged "
        "over seeds; users who lack one with some seed are left out of it, and it is not corrected "
        "for there being several.",
    )


def seeds_file(runs: Sequence[SeedRun]) -> str:
    """The quantities as CSV, one row a quantity and seed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["quantity", "unit", "seed", "value", "p_value_over_seeds"])
    for quantity in quantities(runs):
        p_value = "" if quantity.p_value is None else quantity.p_value
        for run, value in zip(runs, quantity.by_seed, strict=True):
            shown = "" if np.isnan(value) else value
            writer.writerow([quantity.name, quantity.unit, run.seed, shown, p_value])
    return text.getvalue()


def draw_seeds(runs: Sequence[SeedRun]) -> Figure:
    """One panel a unit, one row a quantity: the mean over seeds, and a circle for each seed."""
    found = quantities(runs)
    units = list(dict.fromkeys(quantity.unit for quantity in found))
    heights = [sum(quantity.unit == unit for quantity in found) for unit in units]
    figure = Figure(figsize=(6.8, 1.6 + 0.34 * len(found)), layout="constrained")
    panels = figure.subplots(len(units), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, unit in zip(panels, units, strict=True):
        shown = [quantity for quantity in found if quantity.unit == unit]
        draw_rows(axes, [(quantity.name, quantity.by_seed) for quantity in shown])
        axes.set_xlabel(_UNIT_LABELS[unit])
    name_rows(panels[0], "mean over seeds", "one seed")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle("Scores and boundaries over seeds", fontsize=12)
    return figure


def _spread(values: Sequence[float]) -> str:
    if np.isnan(values).any():
        return MISSING
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"


def _p_value(value: float | None) -> str:
    if value is None:
        return MISSING
    return f"{value:.2g}" if value >= _SMALLEST_P else f"< {_SMALLEST_P:g}"


def _number(value: float) -> str:
    return MISSING if np.isnan(value) else f"{value:.3f}"
