"""From a study and its base to a comparison whose rows are tuned in their L2 weight at most."""

from typing import Any

from a2bm2gl_tf.comparison.plan import Comparison, DataSummary, Entrant, Rules
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.methods.registry import find_method
from a2bm2gl_tf.methods.settings import with_settings
from a2bm2gl_tf.studies.study import Base, Study, Variant


def plan_study(study: Study, base: Base, data: DataSummary, rules: Rules) -> Comparison:
    """Lays a study out: every variant has its own settings, and a trial for each L2 weight.

    Args:
      study: what varies.
      base: what it varies around.
      data: the dataset.
      rules: with as many trials as the base has L2 scales. If their seed is the first of the tested
        ones, the best trial and the first test share a fit.

    Raises:
      UserError: if the base has not what the first variant has, or nothing is left to compare.
    """
    if base.settings.loss.l2 == 0 and base.l2_scales != (1.0,):
        raise UserError("--l2_scales: --l2=0 times anything is 0; give a base with an L2 weight")
    variants = study.variants(base)
    reference = variants[0]
    for name, value in reference.values.items():
        if with_settings(base.settings, {name: value}) != base.settings:
            raise UserError(
                f"--{name}: {study.program} sets it itself and starts from {value}; leave the flag "
                "out"
            )
    entrants, known = [], {}
    for variant in variants:
        entrants.append(_entrant(study, base, variant, known))
    if all(entrant.left_out for entrant in entrants[1:]):
        reasons = dict.fromkeys(f"{e.title}: {e.left_out}" for e in entrants[1:])
        raise UserError(
            f"{study.program}: nothing is left to compare ({'; '.join(reasons) or 'no values'})"
        )
    return Comparison(data, rules, tuple(entrants), reference.name)


def _entrant(study: Study, base: Base, variant: Variant, known: dict[str, str]) -> Entrant:
    """A variant's row; `known` maps titles to settings of those before, and gains its own."""
    settings = with_settings(base.settings, dict(variant.values))
    same = next((title for title, other in known.items() if other == settings), None)
    left_out = variant.left_out or (f"it has the settings of {same}" if same else "")
    if not left_out:
        known[variant.title] = settings
    return Entrant(
        variant.name,
        variant.title,
        find_method(study.method).group,
        base.settings,
        tuple(_with_l2(variant, base, scale) for scale in base.l2_scales),
        left_out,
    )


def tried_l2_weights(comparison: Comparison) -> str:
    """The L2 weights that every variant of a study was validated with, as "3, 0.3"."""
    reference = comparison.reference_entrant
    weights = (trial.get("l2", reference.defaults.loss.l2) for trial in reference.trials)
    return ", ".join(f"{weight:g}" for weight in weights)


def _with_l2(variant: Variant, base: Base, scale: float) -> dict[str, Any]:
    values = dict(variant.values)
    return values if scale == 1 else {**values, "l2": base.settings.loss.l2 * scale}
