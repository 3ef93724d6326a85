"""How Optuna draws the settings of a trial and which trials it ends early."""

import warnings
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from a2bm2gl_tf.tuning.space import Choices, Parameter, Space, value_text

ONE_AT_A_TIME = "one_at_a_time"
SEARCHES = ("random", "tpe", "grid", ONE_AT_A_TIME)
PRUNINGS = ("none", "median", "halving")
# Trials that TPE draws at random, and finished ones that a median needs.
_TPE_RANDOM_TRIALS = 10
_MEDIAN_TRIALS = 4
# The first validation of a fit says too little.
_FIRST_COMPARED = 2


def quieten() -> None:
    """Keeps Optuna's own messages to warnings, and those about its experiments away."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """A space as Optuna knows it; choices are told by their texts."""
    return {parameter.name: _distribution(parameter) for parameter in space}


def picked_of(space: Space, params: dict[str, Any]) -> dict[str, Any]:
    """From what Optuna holds of a trial to the values of its settings."""
    return {
        parameter.name: (
            {value_text(value): value for value in parameter.values}[params[parameter.name]]
            if isinstance(parameter, Choices)
            else params[parameter.name]
        )
        for parameter in space
    }


def make_sampler(search: str, seed: int, position: int, workers: int) -> BaseSampler:
    """What draws one trial.

    It is a function of the seed, the trial's place and the trials before it, so that a search that
    was interrupted goes on as it would have.

    Args:
      search: "random" or "tpe" (Bergstra et al., NeurIPS 2011).
      seed: integer seed of the search.
      position: how many trials were drawn before.
      workers: of several, trials that are still run count as bad, so that the next differs.
    """
    drawn = int(np.random.SeedSequence([seed, position]).generate_state(1)[0])
    if search != "tpe":
        return RandomSampler(seed=drawn)
    return TPESampler(seed=drawn, n_startup_trials=_TPE_RANDOM_TRIALS, constant_liar=workers > 1)


def make_pruner(pruning: str) -> BasePruner:
    """What decides at each validation of a trial's first fit whether the trial goes on.

    Args:
      pruning: "none"; "median": not while its best value lies below the median of the earlier
        trials at that validation; "halving": only among the better half of those that came as far
        as its validation 2, 4, 8, ... (Li et al., MLSys 2020).
    """
    if pruning == "median":
        return MedianPruner(n_startup_trials=_MEDIAN_TRIALS, n_warmup_steps=_FIRST_COMPARED)
    if pruning == "halving":
        return SuccessiveHalvingPruner(min_resource=_FIRST_COMPARED, reduction_factor=2)
    return NopPruner()


def _distribution(parameter: Parameter) -> BaseDistribution:
    if isinstance(parameter, Choices):
        return CategoricalDistribution([value_text(value) for value in parameter.values])
    kind = IntDistribution if parameter.is_integer else FloatDistribution
    return kind(parameter.low, parameter.high, log=parameter.log)
