"""From the records of a comparison to one summary a method."""

import dataclasses
import statistics
from typing import Any

import numpy as np

from a2bm2gl_tf.comparison.per_user import read_per_user
from a2bm2gl_tf.comparison.plan import Comparison, Entrant
from a2bm2gl_tf.comparison.selection import pick_trial
from a2bm2gl_tf.comparison.significance import holm, paired_p_value
from a2bm2gl_tf.comparison.source import sources_of
from a2bm2gl_tf.comparison.store import ResultStore


@dataclasses.dataclass(frozen=True)
class Spread:
    """A number over seeds.

    Attributes:
      mean: its mean.
      deviation: its sample standard deviation; None of a single seed.
      values: those of the seeds.
    """

    mean: float
    deviation: float | None
    values: tuple[float, ...] = ()


@dataclasses.dataclass(frozen=True)
class Contrast:
    """A method against the reference, on the per-user metric of `tested_metric`.

    Attributes:
      difference: the method's mean less the reference's; positive where it is better.
      p_value: of the paired test.
      corrected: after Holm's correction over the methods.
    """

    difference: float
    p_value: float
    corrected: float


@dataclasses.dataclass(frozen=True)
class MethodSummary:
    """A method's row.

    Attributes:
      entrant: the method.
      metrics: test metric -> its spread over the seeds that came to an end.
      seeds: how many those are.
      trial: the trial whose settings were picked; None where there is none yet.
      picked: what it sets.
      seconds: median time of a fit; None without seeds.
      seconds_per_epoch: median over seeds; None where there are no epochs.
      peak_memory_bytes: the most of its process.
      best_steps: the steps that were tested, one a seed.
      sources: the digests of all source code that its trials and seeds were run with.
      remarks: what went wrong or is missing, or "".
      contrast: against the reference; None for the reference itself, or where either has not
        finished all seeds.
    """

    entrant: Entrant
    metrics: dict[str, Spread]
    seeds: int
    trial: int | None
    picked: dict[str, Any]
    seconds: float | None
    seconds_per_epoch: float | None
    peak_memory_bytes: int | None
    best_steps: tuple[int, ...]
    sources: tuple[str, ...]
    remarks: str
    contrast: Contrast | None = None


def tested_metric(comparison: Comparison) -> str:
    """The per-user metric of the significance test: "ndcg@10", or at the smallest cut-off."""
    top_k = comparison.rules.evaluation.top_k
    return f"ndcg@{10 if 10 in top_k else top_k[0]}"


def summarise(comparison: Comparison, store: ResultStore) -> list[MethodSummary]:
    """One summary a method, in the comparison's order, with contrasts to the reference.

    Only methods whose seeds have all come to an end are contrasted, the reference being one: the
    test of half the seeds is another one than the table's. Where the test metrics of users cannot
    be read, the row says so and has no contrast.
    """
    pairs = [_summary(comparison, store, entrant) for entrant in comparison.entrants]
    seeds = len(comparison.rules.seeds)
    whole = {s.entrant.name: records for s, records in pairs if len(records) == seeds}
    per_user, unread = _per_user(comparison, store, whole)
    contrasts = _contrasts(per_user, comparison.reference)
    return [
        dataclasses.replace(
            summary,
            contrast=contrasts.get(summary.entrant.name),
            remarks="; ".join(filter(None, (summary.remarks, unread.get(summary.entrant.name)))),
        )
        for summary, _ in pairs
    ]


def _contrasts(per_user: dict[str, np.ndarray], reference: str) -> dict[str, Contrast]:
    """Of each method but the reference; none without it."""
    ours = per_user.get(reference)
    if ours is None:
        return {}
    others = {name: values for name, values in per_user.items() if name != reference}
    p_values = [paired_p_value(values, ours) for values in others.values()]
    return {
        name: Contrast(float(values.mean() - ours.mean()), p_value, corrected)
        for (name, values), p_value, corrected in zip(
            others.items(), p_values, holm(p_values), strict=True
        )
    }


def _summary(
    comparison: Comparison, store: ResultStore, entrant: Entrant
) -> tuple[MethodSummary, list[dict[str, Any]]]:
    """A method's summary without contrast, and the records of its finished final cells."""
    trials = [store.cells.get(cell.key) for cell in comparison.trial_cells(entrant)]
    best = pick_trial(trials, comparison.rules.monitor)
    finals = []
    if best is not None and all(trials):
        finals = [store.cells.get(cell.key) for cell in comparison.final_cells(entrant, best)]
    finished = [r for r in finals if r is not None and r["status"] == "done"]
    of_method = finished + [r for r in trials if r is not None and r["status"] == "done"]
    epochs = [r["seconds_per_epoch"] for r in finished if r["seconds_per_epoch"] is not None]
    summary = MethodSummary(
        entrant=entrant,
        metrics=_spreads(finished),
        seeds=len(finished),
        trial=best if finals else None,
        picked=entrant.trials[best] if finals else {},
        seconds=statistics.median(r["seconds"] for r in finished) if finished else None,
        seconds_per_epoch=statistics.median(epochs) if epochs else None,
        peak_memory_bytes=max(r["peak_memory_bytes"] for r in of_method) if finished else None,
        best_steps=tuple(r["best_step"] for r in finished),
        sources=sources_of([r for r in trials if r is not None] + finished),
        remarks="; ".join(
            filter(None, (_remarks(entrant, trials, finals), _cut_short(comparison, finished)))
        ),
    )
    return summary, finished


def _spreads(records: list[dict[str, Any]]) -> dict[str, Spread]:
    """Of the metrics that every record has; an earlier version may have had others."""
    if not records:
        return {}
    spreads = {}
    for name in records[0]["test"]:
        values = [record["test"].get(name) for record in records]
        if None not in values:
            deviation = statistics.stdev(values) if len(values) > 1 else None
            spreads[name] = Spread(statistics.fmean(values), deviation, tuple(values))
    return spreads


def _remarks(entrant: Entrant, trials: list, finals: list) -> str:
    if entrant.left_out:
        return f"left out: {entrant.left_out}"
    remarks = []
    for records, what in ((trials, "trials"), (finals, "seeds")):
        failed = [r for r in records if r is not None and r["status"] == "failed"]
        if failed:
            # What is wrong; what to do about it, which the store has too, is after a semicolon.
            reasons = "; ".join(dict.fromkeys(r["reason"].partition(";")[0] for r in failed))
            remarks.append(f"{len(failed)} of {len(records)} {what} failed: {reasons}")
    if None in trials or None in finals:
        remarks.append("not finished: give the same command again")
    return "; ".join(remarks)


def _cut_short(comparison: Comparison, finished: list[dict[str, Any]]) -> str:
    """Says how many fits had their last epoch before validation told them to stop."""
    if not comparison.rules.patience:
        return ""
    count = sum(record["stopped"] == "epochs" for record in finished)
    return f"{count} of {len(finished)} seeds ended by the last epoch" if count else ""


class _UnreadError(Exception):
    """A file of users' metrics is no use; says why, and what to do."""


def _per_user(
    comparison: Comparison, store: ResultStore, whole: dict[str, list[dict[str, Any]]]
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Of each method the tested metric of each user, averaged over seeds, float64 (n,).

    Returns:
      These of the methods whose files can be read, and remarks on the others. The users are the
      reference's; without them nothing can be contrasted, and no more is read.
    """
    means: dict[str, np.ndarray] = {}
    remarks, users, reference = {}, None, comparison.reference
    for name in sorted(whole, key=lambda name: name != reference):
        if reference not in (name, *means):
            break
        try:
            users, means[name] = _averaged(store, whole[name], tested_metric(comparison), users)
        except _UnreadError as error:
            remarks[name] = f"no contrast: {error}"
    return means, remarks


def _averaged(
    store: ResultStore, records: list[dict[str, Any]], metric: str, users: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """The users of some final cells, which have to be `users` if given, and their means."""
    values = []
    again = "give the command again, without --table_only"
    for record in records:
        path = store.per_user_path(record["key"])
        place = path.relative_to(store.directory)
        found = read_per_user(path, metric)
        if found is None:
            raise _UnreadError(f"{place} is missing or damaged; {again}")
        users = found[0] if users is None else users
        if not np.array_equal(users, found[0]):
            raise _UnreadError(f"{place} is of other users than the rest; remove it and {again}")
        values.append(found[1])
    return users, np.mean(values, axis=0)
