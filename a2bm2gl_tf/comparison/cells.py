"""One fit of a comparison and the key by which it is known again."""

import dataclasses
import functools
from typing import Any

from a2bm2gl_tf import __version__
from a2bm2gl_tf.comparison.digest import digest_of
from a2bm2gl_tf.comparison.source import source_digest
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.methods.settings import FitSettings

TRIAL, FINAL = "trial", "final"
# A release that makes earlier results worthless puts its version here; until then what they say of
# their source has to do, and later versions find them and can write their tables again.
_VALID_SINCE = "0.1.0"
# Settings younger than the first results, with the value at which they change nothing: there they
# are no part of a key, so that those results are found.
_NEUTRAL = {
    ("loss", "semantic_l2_scale"): 1.0,
    ("loss", "negative_scale"): "pair",
    ("model_config", "own", "interaction_dropout"): 0.0,
}


@dataclasses.dataclass(frozen=True)
class Cell:
    """One fit: a trial of tuning, or a final one that is tested.

    Attributes:
      kind: `TRIAL` or `FINAL`.
      method: registry name.
      trial: number of the trial that the settings are of.
      picked: what the trial sets, flag name -> value; {} are the method's defaults.
      settings: all settings, with the seed.
      data: fingerprint of the dataset.
      evaluation: how it is scored.
      refit: trains again on training and validation data before the test.
    """

    kind: str
    method: str
    trial: int
    picked: dict[str, Any]
    settings: FitSettings
    data: str
    evaluation: EvaluationConfig
    refit: bool = False

    @functools.cached_property
    def key(self) -> str:
        """Digest of data and settings; neither the source counts nor how they were picked."""
        return digest_of([self.kind, self.fit_key, self.refit])

    @functools.cached_property
    def fit_key(self) -> str:
        """The same for cells that train alike, such as a trial and its test with the same seed."""
        return digest_of(
            [_VALID_SINCE, self.data, self.method, _telling(self.settings), self.evaluation]
        )

    @property
    def seed(self) -> int:
        """The seed of the fit."""
        return self.settings.training.seed

    def describe(self) -> dict[str, Any]:
        """What the store says of the cell besides its results."""
        return {
            "kind": self.kind,
            "key": self.key,
            "method": self.method,
            "trial": self.trial,
            "picked": self.picked,
            "seed": self.seed,
            "refit": self.refit,
            "data": self.data,
            "settings": self.settings.to_json(),
            "evaluation": dataclasses.asdict(self.evaluation),
            "version": __version__,
            "source": source_digest(),
        }

    def failed(self, reason: str) -> dict[str, Any]:
        """The record of a cell that came to nothing."""
        return {**self.describe(), "status": "failed", "reason": reason}


def _telling(settings: FitSettings) -> dict[str, Any]:
    """The settings without those that are neutral."""
    value = settings.to_json()
    for (*sections, name), neutral in _NEUTRAL.items():
        inner = functools.reduce(dict.__getitem__, sections, value)
        if inner.get(name) == neutral:
            del inner[name]
    return value
