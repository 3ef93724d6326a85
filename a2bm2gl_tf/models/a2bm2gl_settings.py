"""Settings that A2BM2GL alone has: what goes beyond the paper, off by default."""

import dataclasses
from typing import Any

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.own_settings import make_own_settings


@dataclasses.dataclass(frozen=True)
class A2BM2GLSettings:
    """Forms of the model that the paper does not have.

    docs/settings.md has what they are worth, and others that were tried and gained nothing.

    Attributes:
      interaction_dropout: share of the interactions that a training step propagates without.
    """

    interaction_dropout: float = 0.0


def checked_settings(values: dict[str, Any]) -> A2BM2GLSettings:
    """The settings of a model.

    Args:
      values: name -> value; defaults for the others.

    Raises:
      UserError: naming a value that is out of range, or a name that is none of the settings.
    """
    settings = make_own_settings(A2BM2GLSettings, values)
    if not 0 <= settings.interaction_dropout < 1:
        raise UserError(
            f"--model_settings=interaction_dropout={settings.interaction_dropout}: give a share "
            "from 0 to below 1"
        )
    return settings
