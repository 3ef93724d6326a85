"""Settings that A2BM2GL alone has: what goes beyond the paper, all off by default."""

import dataclasses
from typing import Any

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.initial_embeddings import SOURCES
from a2bm2gl_tf.models.own_settings import make_own_settings

_KNOWN = {
    "similarity_input": ("features", "projected"),
    "initialisation": ("gaussian", *SOURCES),
}


@dataclasses.dataclass(frozen=True)
class A2BM2GLSettings:
    """Forms of the model that the paper does not have.

    docs/settings.md has what each was found to be worth.

    Attributes:
      interaction_dropout: share of the interactions that a training step propagates without.
      part_gates: learned factors of the modalities' parts and of the attention over interactions.
      user_content: adds what a user's items look like to the user; see `UserContent`.
      similarity_input: what Eq. 3 compares: "features" X as printed, or "projected", X W of Eq. 4
        as it was when the neighbours were last selected.
      initialisation: of E^(0): "gaussian", or a name in `initial_embeddings.SOURCES`.
    """

    interaction_dropout: float = 0.0
    part_gates: bool = False
    user_content: bool = False
    similarity_input: str = "features"
    initialisation: str = "gaussian"


def checked_settings(values: dict[str, Any]) -> A2BM2GLSettings:
    """The settings of a model.

    Args:
      values: name -> value; defaults for the others.

    Raises:
      UserError: naming a value that is none of the known ones, or out of range.
    """
    settings = make_own_settings(A2BM2GLSettings, values)
    for name, known in _KNOWN.items():
        value = getattr(settings, name)
        if value not in known:
            raise UserError(f"--model_settings={name}={value}: give one of {', '.join(known)}")
    if not 0 <= settings.interaction_dropout < 1:
        raise UserError(
            f"--model_settings=interaction_dropout={settings.interaction_dropout}: give a share "
            "from 0 to below 1"
        )
    return settings
