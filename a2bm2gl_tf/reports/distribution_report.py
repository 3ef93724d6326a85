"""The report of score distributions: tables, pictures and one page."""

from collections.abc import Iterator

import numpy as np

from a2bm2gl_tf.evaluation.mean_scores import COLUMNS
from a2bm2gl_tf.evaluation.score_distributions import KindSummary
from a2bm2gl_tf.reports.distribution_data import Distributions, ScoreSource, boundaries_of
from a2bm2gl_tf.reports.distribution_figures import Panel, draw_distributions
from a2bm2gl_tf.reports.figures import as_png
from a2bm2gl_tf.reports.over_users_figures import (
    draw_boundaries,
    draw_fit,
    draw_spread,
    draw_spreads,
)
from a2bm2gl_tf.reports.page import render_page
from a2bm2gl_tf.reports.seed_agreement import draw_seeds, seeds_table
from a2bm2gl_tf.reports.tables import MISSING, Table, as_text

# Scores of the run's own kind, which share an axis and may be compared with its boundaries.
_OF_THE_MODEL = ("predicted", "ideal")
_SHOWN = ("training", "test", "negative")


def distribution_text(data: Distributions) -> str:
    """Every table as text, under what the run is."""
    return "\n\n".join(["\n".join(data.lead), *map(as_text, distribution_tables(data))])


def distribution_page(data: Distributions, pictures: dict[str, tuple[str, bytes]]) -> str:
    """The page with everything."""
    return render_page(
        "Distributions of scores", data.lead, distribution_tables(data), pictures, wide=True
    )


def distribution_pictures(data: Distributions) -> dict[str, tuple[str, bytes]]:
    """File name without suffix -> (what it shows, PNG bytes)."""
    figures = {}
    of_model = [source for source in data.sources if source.name in _OF_THE_MODEL]
    of_data = [source for source in data.sources if source.name not in _OF_THE_MODEL]
    for place, user in enumerate(data.users):
        figures[f"user_{place + 1}"] = (
            f"Densities of the scores of user {user}'s training items, test items and negatives",
            draw_distributions(f"User {user}", _panels(data, place, of_model), one_axis=True),
        )
        if of_data:
            figures[f"user_{place + 1}_data"] = (
                f"The same items of user {user} by what the data says of them",
                draw_distributions(f"User {user}: the data", _panels(data, place, of_data)),
            )
    figures |= _figures_of_all(data)
    if data.seeds:
        figures["seeds"] = (
            "What is said of all users, with every seed",
            draw_seeds(data.seeds),
        )
    return {name: (text, as_png(figure)) for name, (text, figure) in figures.items()}


def _panels(data: Distributions, place: int, sources: list[ScoreSource]) -> list[Panel]:
    return [Panel(s.title, s.axis, data.scores(place, s), boundaries_of(s, place)) for s in sources]


def _figures_of_all(data: Distributions) -> dict:
    predicted = data.means["predicted"]
    figures = {}
    boundaries = data.boundaries.get("predicted")
    if boundaries is not None:
        known = ~np.isnan(boundaries).any(axis=1)
        upper, lower = boundaries[known].T
        figures["boundaries"] = (
            "Upper against lower boundary of every user",
            draw_boundaries(boundaries[known], data.margin),
        )
        figures["gaps"] = (
            "Histograms of the boundaries and of their gap over users",
            draw_spreads(
                {"$B_u^{up}$": upper, "$B_u^{low}$": lower, "gap": upper - lower},
                "How boundaries vary over users",
            ),
        )
        figures["boundaries_and_means"] = (
            "Boundaries of every user against the mean scores that they are to follow",
            draw_fit(
                {
                    "$B_u^{up}$, training items": (predicted[known, 0], upper),
                    "$B_u^{up}$, test items": (predicted[known, 1], upper),
                    "$B_u^{low}$, negatives": (predicted[known, 2], lower),
                },
                "Boundaries and the means of the scores",
                ("mean score of the user's items", "boundary"),
            ),
        )
    figures["means"] = (
        "Histograms over users of the mean scores of their items",
        draw_spread(
            {
                "training items": predicted[:, 0],
                "test items": predicted[:, 1],
                "negatives": predicted[:, 2],
            },
            "How mean scores vary over users",
            "mean score of the user's items",
        ),
    )
    if "ideal" in data.means:
        ideal = data.means["ideal"]
        figures["ideal"] = (
            "Mean scores of every user by the run against those by the ideal model",
            draw_fit(
                {
                    name: (ideal[:, column], predicted[:, column])
                    for column, name in enumerate(("training items", "test items", "negatives"))
                },
                "Mean scores and those of the ideal model",
                ("mean score by the ideal model", "mean score by the run"),
            ),
        )
    return figures


def distribution_tables(data: Distributions) -> Iterator[Table]:
    """What the scores are, the chosen users, and all users."""
    yield Table("Scores", ("name", "what it is"), tuple((s.name, s.title) for s in data.sources))
    yield _chosen(data)
    yield _all(data)
    if data.seeds:
        yield seeds_table(data.seeds)
    if data.boundaries or "ideal" in data.means:
        yield _agreement(data)


def _chosen(data: Distributions) -> Table:
    header = ["user", "scores"]
    header += [f"{kind}: items, mean ± deviation" for kind in ("training", "test", "negative")]
    header += ["B_up", "B_low", "training > B_up", "test > B_up", "negatives < B_low"]
    header += ["AUC training", "AUC test"]
    rows = []
    for place, source, kinds in data.summaries():
        upper, lower = boundaries_of(source, place) or (np.nan, np.nan)
        rows.append(
            (
                str(data.users[place]),
                source.name,
                *(_mean(kinds[kind]) for kind in _SHOWN),
                _number(upper),
                _number(lower),
                *(_percent(kinds[kind].beyond) for kind in _SHOWN),
                _number(kinds["training"].auc),
                _number(kinds["test"].auc),
            )
        )
    return Table(
        "Chosen users",
        tuple(header),
        tuple(rows),
        "Negatives are the items in none of the user's training, validation and test items. The "
        "AUC is the chance that a positive item scores above a negative one, a tie counted half.",
    )


def _all(data: Distributions) -> Table:
    columns, note = {}, ""
    if data.boundaries:
        note = f"The loss pushes the gap B_up - B_low to m = {data.margin:g} or more."
    for name, boundaries in data.boundaries.items():
        prefix = "" if name == "predicted" else f"{name}: "
        upper, lower = boundaries.T
        columns |= {f"{prefix}{label}": b for label, b in (("B_up", upper), ("B_low", lower))}
        columns[f"{prefix}B_up - B_low"] = upper - lower
    for name, means in data.means.items():
        for column, kind in enumerate(COLUMNS):
            columns[f"{name}: mean score, {kind}"] = means[:, column]
    rows = []
    for name, values in columns.items():
        known = values[np.isfinite(values)].astype(np.float64)
        if len(known):
            low, middle, high = np.percentile(known, (10, 50, 90))
            cells = (known.mean(), known.std(), low, middle, high)
            rows.append((name, f"{len(known):,}", *map(_number, cells)))
    return Table(
        "All users",
        ("of each user", "users", "mean", "deviation", "10%", "median", "90%"),
        tuple(rows),
        note,
    )


def _agreement(data: Distributions) -> Table:
    predicted, pairs = data.means["predicted"], {}
    own, of_ideal = (data.boundaries.get(name) for name in ("predicted", "ideal"))
    if own is not None:
        for name, means in data.means.items():
            for side, label, column in ((0, "B_up", 0), (0, "B_up", 1), (1, "B_low", 2)):
                other = f"{name} mean, {COLUMNS[column]}"
                pairs[label, other] = own[:, side], means[:, column]
        for side, label in enumerate(("B_up", "B_low") if of_ideal is not None else ()):
            pairs[label, f"ideal {label}"] = own[:, side], of_ideal[:, side]
    if "ideal" in data.means:
        for column, kind in enumerate(COLUMNS):
            pair = predicted[:, column], data.means["ideal"][:, column]
            pairs[f"predicted mean, {kind}", f"ideal mean, {kind}"] = pair
    rows = []
    for names, (one, other) in pairs.items():
        known = np.isfinite(one) & np.isfinite(other)
        if known.any():
            x, y = one[known].astype(np.float64), other[known]
            varied = len(x) > 1 and x.std() > 0 and y.std() > 0
            correlation = np.corrcoef(x, y)[0, 1] if varied else np.nan
            cells = (correlation, (x - y).mean(), np.abs(x - y).mean())
            rows.append((*names, f"{len(x):,}", *map(_number, cells)))
    return Table(
        "Agreement over users",
        ("number", "with", "users", "correlation", "mean difference", "mean distance"),
        tuple(rows),
        "Correlation is Pearson's; the difference is the first less the second, the distance its "
        "absolute value.",
    )


def _mean(kind: KindSummary) -> str:
    if not kind.count:
        return MISSING
    return f"{kind.count:,}: {_number(kind.mean)} ± {kind.deviation:.3f}"


def _number(value: float) -> str:
    return MISSING if np.isnan(value) else f"{value:.3f}"


def _percent(value: float) -> str:
    return MISSING if np.isnan(value) else f"{100 * value:.1f}%"
