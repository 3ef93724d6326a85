"""A model with the settings it is compared with."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from a2bm2gl_tf.methods.settings import FitSettings, with_settings
from a2bm2gl_tf.models.own_settings import own_defaults
from a2bm2gl_tf.models.registry import MODELS

PAPER, STRONG, OURS = "paper's baseline", "strong baseline", "this project"


@dataclasses.dataclass(frozen=True)
class Method:
    """What a comparison and train.py know of a model.

    Attributes:
      name: registry name of the model.
      title: as tables print it.
      group: `PAPER`, `STRONG` or `OURS`.
      reference: the publication that defines it.
      settings: flag name -> default where it differs from the config classes'; "own.NAME" for a
        setting that the model alone has.
      search: flag name -> values that tuning may choose from.
      needs_modalities: whether it is nothing without content.
    """

    name: str
    title: str
    group: str
    reference: str
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    search: Mapping[str, Sequence[Any]] = dataclasses.field(default_factory=dict)
    needs_modalities: bool = False

    def defaults(self) -> dict[str, Any]:
        """Flag name -> default where it differs from the config classes', and of all own settings.

        The model's own settings are all there by name, so that a default and the same value given
        are equal settings, and stored ones are complete.
        """
        own = own_defaults(MODELS[self.name].own_settings)
        return {**{f"own.{name}": value for name, value in own.items()}, **self.settings}

    def fit_settings(self, **values: Any) -> FitSettings:
        """The method's defaults with some of them replaced; see `with_settings`."""
        return with_settings(FitSettings(self.name), {**self.defaults(), **values})
