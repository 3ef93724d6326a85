"""The filters that are asked for, one after another, and what each removed."""

from collections.abc import Callable
from typing import Any

from a2bm2gl_tf.data.formats.raw import Interactions, RawData
from a2bm2gl_tf.data.preparation.core import k_core
from a2bm2gl_tf.data.preparation.filters import (
    Filtered,
    at_least,
    merge_repeats,
    resolve_overlaps,
    within_catalogue,
)
from a2bm2gl_tf.data.preparation.preparation_options import PreparationOptions
from a2bm2gl_tf.data.preparation.records import items_present, users_present
from a2bm2gl_tf.data.preparation.subsample import subsample
from a2bm2gl_tf.errors import UserError

_Step = tuple[str, dict[str, Any], Callable[[Interactions], Filtered]]


def apply_filters(
    raw: RawData, options: PreparationOptions, split: str
) -> tuple[Interactions, list[dict[str, Any]]]:
    """Applies the filters that are asked for.

    They come in this order: threshold, required contents, repeats, overlaps of a given split, core,
    draws. What is drawn may undercut the core.

    Args:
      raw: the data; its contents are those that may be required.
      options: see `PreparationOptions`.
      split: name of the split; "given" keeps one record a part at first, to resolve its overlaps.

    Returns:
      The records left, sorted by user and item, no pair twice, and of each filter what it was told,
      removed and counted.

    Raises:
      UserError: if a filter cannot be applied or leaves nothing.
    """
    filters: list[dict[str, Any]] = []
    interactions = raw.interactions
    for step, parameters, apply in _steps(raw, options, split):
        interactions = _apply(step, parameters, apply, interactions, filters)
    return interactions, filters


def _steps(raw: RawData, options: PreparationOptions, split: str) -> list[_Step]:
    """Name, parameters and action of each filter that is asked for, in the order of applying."""
    steps: list[_Step] = []
    if options.threshold is not None:
        threshold = options.threshold
        steps.append(("threshold", {"at_least": threshold}, lambda x: at_least(x, threshold)))
    by_name = {content.name: content for content in raw.contents}
    for name in options.require_content:
        ids = by_name[name].item_ids
        steps.append(("require_content", {"name": name}, lambda x, i=ids: within_catalogue(x, i)))
    is_given = split == "given" and raw.interactions.parts is not None
    keep = options.repeats
    steps.append(("repeats", {"keep": keep}, lambda x: merge_repeats(x, keep, is_given)))
    if is_given:
        steps.append(("overlaps", {}, resolve_overlaps))
    cores = {"user_core": options.user_core, "item_core": options.item_core}
    if max(cores.values()) > 1:
        steps.append(("k_core", cores, lambda x: k_core(x, **cores)))
    sizes = {
        "num_users": options.num_users,
        "num_items": options.num_items,
        "num_interactions": options.num_interactions,
    }
    if any(size is not None for size in sizes.values()):
        seed = options.split_options.seed
        steps.append(("subsample", {"seed": seed}, lambda x: subsample(x, **sizes, seed=seed)))
    return steps


def _apply(
    step: str,
    parameters: dict[str, Any],
    apply: Callable[[Interactions], Filtered],
    interactions: Interactions,
    filters: list[dict[str, Any]],
) -> Interactions:
    """Applies one filter and records what it removed."""
    before = _measure(interactions)
    interactions, details = apply(interactions)
    after = _measure(interactions)
    removed = {name: before[name] - after[name] for name in before}
    filters.append({"name": step, "parameters": parameters, "removed": removed, "details": details})
    if len(interactions) == 0:
        asked = ", ".join(f"{name} = {value}" for name, value in parameters.items())
        raise UserError(f"no interaction is left after the filter {step} ({asked}); loosen it")
    return interactions


def _measure(interactions: Interactions) -> dict[str, int]:
    return {
        "interactions": len(interactions),
        "users": int(users_present(interactions).sum()),
        "items": int(items_present(interactions).sum()),
    }
