"""When training has gone wrong: values and weights that are not finite, or a loss that explodes."""

import math
from collections.abc import Mapping, Sequence

import tensorflow as tf

from a2bm2gl_tf.errors import UndefinedScoreError
from a2bm2gl_tf.training.diverged import DivergedError

# A loss this many times that of the first step is not on its way back. What is below 1 counts as 1.
_EXPLODED = 1e6

# The flag that weighs a term of the loss, where it has one.
_WEIGHTS = {
    "margin": "--margin_weight",
    "structural": "--structural_weight",
    "semantic": "--semantic_weight",
    "l2": "--l2",
}


def check_values(step: int, values: Mapping[str, float], first_loss: float | None) -> None:
    """Refuses what a step returned if training cannot go on from it.

    Args:
      step: the step, from 1.
      values: name -> value of each term, of the loss and of the norm of the gradient.
      first_loss: the loss of the run's first step, or None at that step.

    Raises:
      DivergedError: if a value is not finite, or the loss has exploded; names the step and the
        term.
    """
    for name, value in values.items():
        if not math.isfinite(value):
            raise _error(step, f"{name} is {value}", name)
    loss = values.get("loss", 0.0)
    if first_loss is not None and abs(loss) > _EXPLODED * max(abs(first_loss), 1.0):
        terms = {n: abs(v) for n, v in values.items() if n not in ("loss", "gradient_norm")}
        term = max(terms, key=terms.get, default="loss")
        raise _error(
            step,
            f"the loss has grown from {first_loss:.4g} to {loss:.4g}, most of it {term}",
            term,
        )


def check_weights(step: int, variables: Sequence) -> None:
    """Refuses weights or optimiser state that must not reach a checkpoint or a validation.

    Finite losses and gradients do not say that the update which followed was finite too.

    Args:
      step: steps done.
      variables: Keras variables; those that are no floats are passed over.

    Raises:
      DivergedError: if one holds a value that is not finite; names it.
    """
    for variable in variables:
        tensor = tf.convert_to_tensor(variable)
        if not tensor.dtype.is_floating:
            continue
        try:
            tf.debugging.check_numerics(tensor, variable.path)
        except tf.errors.InvalidArgumentError:
            what = f"the update left values in {variable.path} that are not finite"
            raise _error(step, what, variable.path) from None


def undefined_score(step: int, error: UndefinedScoreError) -> DivergedError:
    """The error of a validation whose scores are no numbers, though all weights are."""
    reason = str(error).partition(":")[0]
    return _error(step, f"in validation {reason}", "score")


def _error(step: int, what: str, term: str) -> DivergedError:
    weight = f" or {_WEIGHTS[term]}" if term in _WEIGHTS else ""
    return DivergedError(
        f"step {step}: {what}; the last good checkpoint is kept. Lower --learning_rate{weight}, or "
        "set --clip_norm=1, and use a new --output_dir",
        step,
        term,
    )
