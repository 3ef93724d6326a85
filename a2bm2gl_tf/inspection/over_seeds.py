"""Runs that differ in the seed alone: their mean, and whether one kind is better than another."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from a2bm2gl_tf.comparison.significance import holm, paired_p_value
from a2bm2gl_tf.inspection.shown_metrics import SHOWN_METRICS
from a2bm2gl_tf.inspection.side_by_side import is_seed


@dataclasses.dataclass(frozen=True)
class Group:
    """Runs of equal settings.

    Attributes:
      name: of the model, with the place among all groups where several are of that model.
      by_seed: seed -> summary of the run, see `summarise_run`.
    """

    name: str
    by_seed: dict[int, dict[str, Any]]


def groups_of(runs: Sequence[dict[str, Any]]) -> list[Group]:
    """The groups of two seeds and more, of runs with a result; the first run of a seed counts."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for run in runs:
        if run["test"]:
            settings = {name: v for name, v in run["settings"].items() if not is_seed(name)}
            key = json.dumps([run["model"], run["dataset"].get("name"), settings], sort_keys=True)
            found.setdefault(key, {}).setdefault(run["seed"], run)
    several = [by_seed for by_seed in found.values() if len(by_seed) > 1]
    models = [next(iter(by_seed.values()))["model"] for by_seed in several]
    return [
        Group(model if models.count(model) == 1 else f"{model} ({place})", by_seed)
        for place, (model, by_seed) in enumerate(zip(models, several, strict=True), start=1)
    ]


def text_of_groups(groups: Sequence[Group]) -> str:
    """Mean and deviation of each group, and the first against the others; "" without a group."""
    # A result that is not finite shows as such.
    with np.errstate(all="ignore"):
        lines = [
            f"{group.name}, seeds {', '.join(map(str, group.by_seed))}: "
            + ", ".join(f"{metric} {_spread(values)}" for metric, values in _values(group).items())
            for group in groups
        ]
        return "\n".join([*lines, *_contrasts(groups)])


def _values(group: Group) -> dict[str, list[float]]:
    tests = [run["test"] for run in group.by_seed.values()]
    named = [metric for metric in SHOWN_METRICS if all(metric in test for test in tests)]
    return {metric: [test[metric] for test in tests] for metric in named}


def _spread(values: Sequence[float]) -> str:
    return f"{np.mean(values):.4f} ± {np.std(values, ddof=1):.4f}"


def _contrasts(groups: Sequence[Group]) -> list[str]:
    """The first group less each other, over the seeds for which both had the same data."""
    found = []
    for other in groups[1:]:
        ours, theirs = groups[0].by_seed, other.by_seed
        seeds = [s for s in ours if s in theirs and _data(ours[s]) == _data(theirs[s]) is not None]
        for metric in SHOWN_METRICS:
            pairs = [(ours[s]["test"].get(metric), theirs[s]["test"].get(metric)) for s in seeds]
            if len(pairs) > 1 and all(None not in pair for pair in pairs):
                found.append((other.name, metric, np.array(pairs)))
    corrected = holm([paired_p_value(pairs[:, 0], pairs[:, 1]) for _, _, pairs in found])
    return [
        f"{groups[0].name} less {name}, {metric}: {(pairs[:, 0] - pairs[:, 1]).mean():+.4f}, p = "
        f"{p_value:.2g} (paired t-test over {len(pairs)} seeds, Holm's correction for {len(found)})"
        for (name, metric, pairs), p_value in zip(found, corrected, strict=True)
    ]


def _data(run: dict[str, Any]) -> Any:
    return run["dataset"].get("fingerprint")
