"""What a fit depends on besides the data."""

import dataclasses
import json
from collections.abc import Collection
from typing import Any, TypeVar

from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.stored_values import from_fields
from a2bm2gl_tf.training.config import TrainingConfig

# Fields whose flag has another name, because its own would say too little.
_FLAG_NAMES = {
    ("loss", "name"): "loss",
    ("surfing", "continue_probability"): "surfing_alpha",
    ("training", "schedule"): "lr_schedule",
}
_OWN = "own."


@dataclasses.dataclass(frozen=True)
class FitSettings:
    """A model and how it is trained.

    Attributes:
      model: registry name of the model.
      model_config: the model's settings.
      loss: the objective's settings.
      training: the optimisation's settings.
    """

    model: str
    model_config: ModelConfig = dataclasses.field(default_factory=ModelConfig)
    loss: LossConfig = dataclasses.field(default_factory=LossConfig)
    training: TrainingConfig = dataclasses.field(default_factory=TrainingConfig)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "FitSettings":
        """The inverse of `to_json`.

        Raises:
          KeyError, TypeError: if the value is not of this version.
        """
        if not isinstance(value["model"], str):
            raise TypeError("the model has no name")
        return cls(
            value["model"],
            from_fields(ModelConfig, value["model_config"]),
            from_fields(LossConfig, value["loss"]),
            from_fields(TrainingConfig, value["training"]),
        )


Configured = TypeVar("Configured")


def with_settings(configured: Configured, values: dict[str, Any]) -> Configured:
    """Replaces settings by the names of their flags.

    Args:
      configured: has the fields `model_config`, `loss` and `training`: `FitSettings` or a run's
        config.
      values: flag name -> value, such as "learning_rate" or "loss"; "own.NAME" for a setting that
        the model alone has. "seed" goes to everything that has one.

    Raises:
      ValueError: for a name that no config has.
    """
    unknown = [n for n in values if not n.startswith(_OWN) and n not in flag_names()]
    if unknown:
        raise ValueError(f"no config has a field for {', '.join(unknown)}")
    own = {k.removeprefix(_OWN): v for k, v in values.items() if k.startswith(_OWN)}
    model_config = configured.model_config
    return dataclasses.replace(
        configured,
        model_config=dataclasses.replace(
            _replaced(model_config, "model_config", values),
            surfing=_replaced(model_config.surfing, "surfing", values),
            own=model_config.own | own,
        ),
        loss=_replaced(configured.loss, "loss", values),
        training=_replaced(configured.training, "training", values),
    )


def flatten(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as one level in their order: "loss.margin" and the like."""
    flat = {}
    for name, item in value.items():
        if isinstance(item, dict):
            flat |= flatten(item, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = item
    return flat


def differences(
    old: dict[str, Any], new: dict[str, Any], ignored: Collection[str] = ()
) -> list[str]:
    """Says of every setting that differs what it was and what it is, sorted by name.

    Args:
      old: nested JSON values.
      new: likewise.
      ignored: names, as `flatten` makes them, that may differ.
    """
    old, new = flatten(old), flatten(new)
    return [
        f"{name} was {old.get(name)!r} and is {new.get(name)!r}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name) and name not in ignored
    ]


def flag_of(name: str) -> str:
    """The flag of a setting.

    Args:
      name: as `flatten` makes it of a fit's settings, such as "model_config.surfing.top_m".
    """
    *sections, last = name.split(".")
    section = sections[-1] if sections else ""
    return f"{_OWN}{last}" if section == "own" else _FLAG_NAMES.get((section, last), last)


def flag_names() -> set[str]:
    """Every name that `with_settings` knows, but for the models' own."""
    classes = {
        "model_config": ModelConfig,
        "surfing": Surfing,
        "loss": LossConfig,
        "training": TrainingConfig,
    }
    return {
        _FLAG_NAMES.get((section, field.name), field.name)
        for section, config_class in classes.items()
        for field in dataclasses.fields(config_class)
        if field.name not in ("surfing", "own")
    }


def _replaced(config: Any, section: str, values: dict[str, Any]) -> Any:
    changes = {}
    for field in dataclasses.fields(config):
        name = _FLAG_NAMES.get((section, field.name), field.name)
        if name in values and field.name not in ("surfing", "own"):
            changes[field.name] = values[name]
    return dataclasses.replace(config, **changes)
