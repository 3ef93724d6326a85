"""What the report of score distributions is made of, and its files of numbers."""

import csv
import dataclasses
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from a2bm2gl_tf.evaluation.mean_scores import COLUMNS
from a2bm2gl_tf.evaluation.score_distributions import (
    KINDS,
    KindSummary,
    binned,
    scores_by_kind,
    summarise,
)

# Rows of a file of single scores; beyond that they are counted in bins.
MOST_ROWS = 200_000
BINS = 50


@dataclasses.dataclass(frozen=True)
class ScoreSource:
    """One kind of score of the chosen users.

    Attributes:
      name: short, for files and tables: "predicted", "ideal", "planted" or "content NAME".
      title: one line that says what it is.
      axis: what the scores are called on an axis.
      scores: float (n, V), NaN where an item has none.
      boundaries: float (n, 2), B_u^up and B_u^low of each user, or None.
    """

    name: str
    title: str
    axis: str
    scores: np.ndarray
    boundaries: np.ndarray | None = None


class SeedRun(NamedTuple):
    """What is known of all users of a run.

    Attributes:
      seed: of the run.
      means: float64 (U, 3), the columns of `mean_scores`.
      boundaries: float (U, 2), B_u^up and B_u^low, or None where the loss has none.
    """

    seed: int
    means: np.ndarray
    boundaries: np.ndarray | None


@dataclasses.dataclass(frozen=True)
class Distributions:
    """Scores of a few users, item by item, and means of all users.

    Attributes:
      lead: lines that name the run, its data and how the users were picked.
      users: original ids of the n chosen users.
      item_ids: (V,) original ids.
      kinds: int8 (n, V), see `kinds_of_items`.
      sources: the kinds of scores, those of the run first.
      all_users: (U,) original ids.
      degrees: int (U,), training items of each user.
      means: source name -> float64 (U, 3), the columns of `mean_scores`; the run's first.
      boundaries: source name -> float (U, 2), B_u^up and B_u^low; empty where the loss has none.
      margin: m, the gap that training asks for; NaN without boundaries.
      seeds: of this run and others that differ from it in the seed alone; empty without others.
    """

    lead: tuple[str, ...]
    users: tuple
    item_ids: np.ndarray
    kinds: np.ndarray
    sources: tuple[ScoreSource, ...]
    all_users: np.ndarray
    degrees: np.ndarray
    means: dict[str, np.ndarray]
    boundaries: dict[str, np.ndarray]
    margin: float
    seeds: tuple[SeedRun, ...] = ()

    def scores(self, place: int, source: ScoreSource) -> dict[str, np.ndarray]:
        """The scores of the chosen user at `place`, by kind."""
        return scores_by_kind(source.scores[place], self.kinds[place])

    def summaries(self) -> Iterator[tuple[int, ScoreSource, dict[str, KindSummary]]]:
        """The place of each user, each source, and its scores in numbers."""
        for place in range(len(self.users)):
            for source in self.sources:
                pair = boundaries_of(source, place)
                yield place, source, summarise(self.scores(place, source), pair)


def boundaries_of(source: ScoreSource, place: int) -> tuple[float, float] | None:
    """(B_u^up, B_u^low) of the chosen user at `place`, or None where it has none."""
    if source.boundaries is None or np.isnan(source.boundaries[place]).any():
        return None
    upper, lower = source.boundaries[place]
    return float(upper), float(lower)


def score_files(data: Distributions, most_rows: int = MOST_ROWS) -> dict[str, str]:
    """The scores as CSV, by file name.

    Returns:
      "scores.csv" with one row a user and item; or, beyond `most_rows`, "histograms.csv" with the
      number of items of each kind in `BINS` bins a user and source.
    """
    if data.kinds.size > most_rows:
        return {"histograms.csv": _histograms(data)}
    rows = (
        [user, item, KINDS[data.kinds[place, v]], *(s.scores[place, v] for s in data.sources)]
        for place, user in enumerate(data.users)
        for v, item in enumerate(data.item_ids)
    )
    return {"scores.csv": _csv(["user", "item", "kind", *map(_column, data.sources)], rows)}


def summary_file(data: Distributions) -> str:
    """Every chosen user's distributions in numbers, one row a user and source, as CSV."""
    header = ["user", "source", "upper", "lower", "gap"]
    header += [f"{kind}_{field}" for kind in KINDS for field in KindSummary._fields]
    rows = []
    for place, source, summaries in data.summaries():
        upper, lower = boundaries_of(source, place) or (np.nan, np.nan)
        fields = [value for kind in KINDS for value in summaries[kind]]
        rows.append([data.users[place], _column(source), upper, lower, upper - lower, *fields])
    # What no row has is no column: boundaries of negatives' AUC, say.
    used = [column for column, _ in enumerate(header) if any(_cell(row[column]) for row in rows)]
    return _csv([header[i] for i in used], ([row[i] for i in used] for row in rows))


def users_file(data: Distributions) -> str:
    """Boundaries and mean scores of every user, as CSV."""
    header, columns = ["user", "training_items"], [data.all_users, data.degrees]
    for name, boundaries in data.boundaries.items():
        # The run's own are the ones that need no name.
        prefix = "" if name == "predicted" else f"{name}_"
        header += [f"{prefix}{side}" for side in ("upper", "lower", "gap")]
        columns += [*boundaries.T, boundaries[:, 0] - boundaries[:, 1]]
    for name, means in data.means.items():
        header += [f"{name}_mean_{column}" for column in COLUMNS]
        columns += list(means.T)
    return _csv(header, zip(*columns, strict=True))


def _histograms(data: Distributions) -> str:
    rows = []
    for place, user in enumerate(data.users):
        for source in data.sources:
            edges, counts = binned(data.scores(place, source), BINS)
            for cell in range(BINS):
                of_kinds = [counts[kind][cell] for kind in KINDS]
                rows.append([user, _column(source), edges[cell], edges[cell + 1], *of_kinds])
    return _csv(["user", "source", "from", "to", *KINDS], rows)


def _column(source: ScoreSource) -> str:
    return source.name.replace(" ", "_")


def _csv(header: Sequence[str], rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value) -> str:
    """A value as text: seven digits, which float32 has; nothing for what is not defined."""
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else f"{value:.7g}"
    return str(value)
