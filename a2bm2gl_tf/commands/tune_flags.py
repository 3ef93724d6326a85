"""The flags of tune.py, and what they say of the search."""

import dataclasses

from absl import flags

from a2bm2gl_tf.commands.comparing import parse_seeds
from a2bm2gl_tf.commands.training_flags import define_training_flags
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.methods.registry import find_method
from a2bm2gl_tf.models.own_settings import own_defaults, parse_own_settings
from a2bm2gl_tf.models.registry import MODELS
from a2bm2gl_tf.tuning.drawing import ONE_AT_A_TIME, PRUNINGS, SEARCHES
from a2bm2gl_tf.tuning.space import (
    OWN,
    Choices,
    Space,
    parse_space,
    size_of,
    space_of_grid,
)
from a2bm2gl_tf.tuning.study import number_of_points

_TRIALS = 20
_LARGEST_GRID = 100_000


@dataclasses.dataclass(frozen=True)
class SearchRules:
    """How a search goes, as its directory knows it.

    Attributes:
      search: one of `SEARCHES`.
      folds: of cross-validation; 0 for the dataset's own validation split.
      seeds: of the fits of a trial.
      tuning_seed: of draws and folds.
      pruning: one of `PRUNINGS`.
    """

    search: str
    folds: int
    seeds: tuple[int, ...]
    tuning_seed: int
    pruning: str


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of train.py, which say what every trial has, and those of the search."""
    define_training_flags(fv)
    fv["output_dir"].help = "Directory of the search, new or to go on with."
    flags.DEFINE_enum(
        "search",
        "random",
        SEARCHES,
        "How trials are drawn: at random, by a tree-structured Parzen estimator, all of a grid, or "
        "the recipe and then every value of --space by itself.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "trials",
        None,
        f"Most trials; {_TRIALS} if unset, all where the search lists them. More of them later go "
        "on with a search.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "folds",
        0,
        "Cross-validation inside training and validation data; 0 takes the validation split.",
        lower_bound=0,
        flag_values=fv,
    )
    flags.DEFINE_list(
        "seeds", None, "Seeds over which a trial is averaged; --seed if unset.", flag_values=fv
    )
    flags.DEFINE_integer(
        "tuning_seed", 0, "Seed of the draws and of the folds.", lower_bound=0, flag_values=fv
    )
    flags.DEFINE_multi_string(
        "space",
        [],
        "NAME=V1,V2,V3, NAME=LOW:HIGH or NAME=LOW:HIGH:log, NAME a flag or own.NAME; repeat it for "
        "each setting. The method's registered grid if unset.",
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "pruning",
        "none",
        PRUNINGS,
        "Which trials end early, by the validations of their first fit: below the median of the "
        "earlier trials, or not in the better half of them at validations 2, 4, 8, ...",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "workers", 1, "Trials run at once, each by a process.", lower_bound=1, flag_values=fv
    )


def space_of_flags(fv: flags.FlagValues) -> Space:
    """The space that --space, or else the registry, gives.

    Raises:
      UserError: for a space that cannot be read, or is empty or too large.
    """
    own_class = MODELS[fv.model].own_settings
    own = own_defaults(own_class)

    def parse_value(name: str, text: str):
        if not name.startswith(OWN):
            return fv[name].parser.parse(text)
        name = name.removeprefix(OWN)
        try:
            return parse_own_settings(own_class, [f"{name}={text}"])[name]
        except UserError:
            raise ValueError(f"it is not like its default, {own[name]!r}") from None

    if fv.space:
        space = parse_space(fv.space, list(own), parse_value)
    else:
        space = space_of_grid(find_method(fv.model).search)
    if not space:
        raise UserError(
            f"--model={fv.model}: has no registered grid; say by --space what to search"
        )
    listed = all(isinstance(one, Choices) for one in space)
    if fv.search in ("grid", ONE_AT_A_TIME) and not listed:
        raise UserError(
            f"--search={fv.search}: list the values of each setting, --space=NAME=V1,V2"
        )
    if fv.search != ONE_AT_A_TIME and listed and size_of(space) > _LARGEST_GRID:
        raise UserError(
            f"--space: has {size_of(space):,} points; list at most {_LARGEST_GRID:,}, or give "
            "ranges"
        )
    return space


def rules_of_flags(fv: flags.FlagValues) -> SearchRules:
    """The rules that the flags give.

    Raises:
      UserError: naming the flag.
    """
    seeds = parse_seeds([str(fv.seed)] if fv.seeds is None else fv.seeds)
    if fv.folds == 1:
        raise UserError("--folds=1: give 2 or more, or 0 for the dataset's validation split")
    if fv.strategy != "none":
        raise UserError(f"--strategy={fv.strategy}: a search has one device; leave the flag out")
    return SearchRules(fv.search, fv.folds, seeds, fv.tuning_seed, fv.pruning)


def budget_of_flags(fv: flags.FlagValues, space: Space) -> int:
    """Most trials of the search."""
    size = number_of_points(space, fv.search)
    budget = fv.trials or (size if fv.search in ("grid", ONE_AT_A_TIME) else _TRIALS)
    return int(min(budget, size))
