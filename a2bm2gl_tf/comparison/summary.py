"""From the records of a comparison to one summary a method."""

import dataclasses
import statistics
import zipfile
from typing import Any

import numpy as np

from a2bm2gl_tf.comparison.plan import Comparison, Entrant
from a2bm2gl_tf.comparison.selection import pick_trial
from a2bm2gl_tf.comparison.significance import holm, paired_p_value
from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.errors import UserError

REFERENCE = "a2bm2gl"


@dataclasses.dataclass(frozen=True)
class Spread:
    """A number over seeds.

    Attributes:
      mean: its mean.
      deviation: its sample standard deviation; None of a single seed.
    """

    mean: float
    deviation: float | None


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
      remarks: what went wrong or is missing, or "".
      contrast: against the reference; None for the reference itself, or without numbers.
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
    remarks: str
    contrast: Contrast | None = None


def tested_metric(comparison: Comparison) -> str:
    """The per-user metric of the significance test: "ndcg@10", or at the smallest cut-off."""
    top_k = comparison.rules.evaluation.top_k
    return f"ndcg@{10 if 10 in top_k else top_k[0]}"


def summarise(comparison: Comparison, store: ResultStore) -> list[MethodSummary]:
    """One summary a method, in the comparison's order, with contrasts to the reference.

    Raises:
      UserError: if the test metrics of users are missing, or were made of other users.
    """
    pairs = [_summary(comparison, store, entrant) for entrant in comparison.entrants]
    summaries = [summary for summary, _ in pairs]
    finished = {summary.entrant.name: records for summary, records in pairs if records}
    per_user = _per_user(comparison, store, finished)
    ours = per_user.pop(REFERENCE, None)
    if ours is None or not per_user:
        return summaries
    p_values = {name: paired_p_value(values, ours) for name, values in per_user.items()}
    corrected = dict(zip(p_values, holm(list(p_values.values())), strict=True))
    return [
        dataclasses.replace(
            summary,
            contrast=Contrast(
                float(per_user[name].mean() - ours.mean()), p_values[name], corrected[name]
            ),
        )
        if (name := summary.entrant.name) in p_values
        else summary
        for summary in summaries
    ]


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
        remarks=_remarks(entrant, trials, finals),
    )
    return summary, finished


def _spreads(records: list[dict[str, Any]]) -> dict[str, Spread]:
    if not records:
        return {}
    spreads = {}
    for name in records[0]["test"]:
        values = [record["test"][name] for record in records]
        if None not in values:
            deviation = statistics.stdev(values) if len(values) > 1 else None
            spreads[name] = Spread(statistics.fmean(values), deviation)
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


def _per_user(
    comparison: Comparison, store: ResultStore, finished: dict[str, list[dict[str, Any]]]
) -> dict[str, np.ndarray]:
    """Of each method the tested metric of each user, averaged over seeds, float64 (n,)."""
    metric = tested_metric(comparison)
    means, users = {}, None
    for name, records in finished.items():
        values = []
        for record in records:
            path = store.per_user_path(record["key"])
            try:
                with np.load(path, allow_pickle=False) as file:
                    of_file, of_seed = file["users"], file[metric]
            except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
                raise UserError(
                    f"{path}: missing or damaged; remove it, and give the command without "
                    "--table_only"
                ) from error
            users = of_file if users is None else users
            if not np.array_equal(users, of_file) or of_seed.shape != users.shape:
                raise UserError(f"{path}: of other users than the rest; remove it and repeat")
            values.append(of_seed)
        means[name] = np.mean(values, axis=0)
    return means
