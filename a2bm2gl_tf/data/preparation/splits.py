"""Splits by name."""

import dataclasses
from collections.abc import Callable

import numpy as np

from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION, Interactions
from a2bm2gl_tf.data.preparation.cold_split import cold_items
from a2bm2gl_tf.data.preparation.fold_split import cross_validation
from a2bm2gl_tf.data.preparation.given_split import given
from a2bm2gl_tf.data.preparation.random_split import random_parts, random_recipe
from a2bm2gl_tf.data.preparation.split_options import Partition, SplitOptions
from a2bm2gl_tf.data.preparation.time_split import leave_one_out, time_cut, time_ratio
from a2bm2gl_tf.errors import UserError


def ratio(interactions: Interactions, options: SplitOptions) -> Partition:
    """The random split per user (section 4.1), or cross-validation where folds are asked for."""
    if options.folds > 1:
        return cross_validation(interactions, options)
    parts = random_parts(
        interactions.users,
        len(interactions.user_ids),
        test_fraction=options.test_fraction,
        validation_fraction=options.validation_fraction,
        seed=options.seed,
    )
    recipe = random_recipe(options.test_fraction, options.validation_fraction, options.seed)
    return Partition(parts[None], recipe)


@dataclasses.dataclass(frozen=True)
class _Entry:
    """A split and the `SplitOptions` that it uses."""

    split: Callable[[Interactions, SplitOptions], Partition]
    honours: frozenset[str]


_FRACTIONS = frozenset(("test_fraction", "validation_fraction"))
_SPLITS = {
    "ratio": _Entry(ratio, _FRACTIONS | {"folds"}),
    "time_ratio": _Entry(time_ratio, _FRACTIONS),
    "time_cut": _Entry(time_cut, _FRACTIONS),
    "leave_one_out": _Entry(leave_one_out, frozenset()),
    "given": _Entry(given, frozenset(("validation_fraction",))),
    "cold_items": _Entry(cold_items, _FRACTIONS),
}


def split_names() -> tuple[str, ...]:
    """Names of the known splits."""
    return tuple(_SPLITS)


def check_split(name: str, given_options: set[str]) -> None:
    """Refuses options that a split would ignore.

    Args:
      name: one of `split_names()`.
      given_options: names of the `SplitOptions` that the user gave.

    Raises:
      UserError: naming the flag.
    """
    for option in ("test_fraction", "validation_fraction", "folds"):
        if option in given_options and option not in _SPLITS[name].honours:
            raise UserError(f"--{option}: has no meaning for --split={name}; leave the flag out")
    if {"folds", "test_fraction"} <= given_options:
        raise UserError("--test_fraction: with --folds=k it is one in k; leave the flag out")


def options_used(name: str, options: SplitOptions) -> dict[str, float]:
    """The options that a split makes use of, besides the seed."""
    return {field: getattr(options, field) for field in sorted(_SPLITS[name].honours)}


def split_interactions(name: str, interactions: Interactions, options: SplitOptions) -> Partition:
    """Splits records by a named split.

    Args:
      name: one of `split_names()`.
      interactions: records sorted by user and item, none twice.
      options: see `SplitOptions`.

    Returns:
      The parts, each of which has records in every fold.

    Raises:
      UserError: if the data lacks what the split needs, or a part comes out empty.
    """
    partition = _SPLITS[name].split(interactions, options)
    for fold, parts in enumerate(partition.parts):
        present = np.bincount(parts, minlength=3) > 0
        for part, called in ((TRAIN, "training"), (VALIDATION, "validation"), (TEST, "test")):
            if not present[part]:
                folds = len(partition.parts)
                if folds > 1:
                    where = f" of fold {fold}"
                    remedy = f"more data, fewer than --folds={folds} or a larger "
                    remedy += "--validation_fraction"
                else:
                    where, remedy = "", "more data, other fractions or another --split"
                raise UserError(
                    f"--split={name}: the {called} data{where} is empty ({partition.recipe}); "
                    f"use {remedy}"
                )
    return partition
