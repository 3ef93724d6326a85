"""All settings of a run as one value that is stored beside its results."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from a2bm2gl_tf.data.registry import DatasetOptions
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.files import write_json
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.methods.settings import FitSettings, differences
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.own_settings import own_defaults
from a2bm2gl_tf.models.registry import MODELS
from a2bm2gl_tf.stored_values import from_fields, read_json
from a2bm2gl_tf.training.config import TrainingConfig

CONFIG_REMEDY = "delete it and give the run's train.py command again, with the same flags"

# Settings that may change between a run and its resumption: they change no result.
WHERE_THINGS_LIE = (
    "data.data_dir",
    "data.features_dir",
    "model_config.surfing.cache_dir",
    "warm_start.path",
)


@dataclasses.dataclass(frozen=True)
class WarmStart:
    """Where a run started from.

    Attributes:
      path: directory of the other run.
      digest: of its weights as they were then, and of what they stood for.
    """

    path: Path
    digest: str


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """A recipe: what `config.json` of an output directory holds.

    Attributes:
      dataset: registry name of the dataset.
      data: the dataset's options.
      model: registry name of the model.
      model_config: the model's settings.
      loss: the objective's settings.
      training: the optimisation's settings.
      evaluation: how it is scored.
      refit: trains once more on training and validation data together, for the number of epochs
        that validation picked, before testing.
      warm_start: the run whose weights this one, and its refit, start from, or None.
    """

    dataset: str
    data: DatasetOptions
    model: str
    model_config: ModelConfig
    loss: LossConfig
    training: TrainingConfig
    evaluation: EvaluationConfig
    refit: bool = False
    warm_start: WarmStart | None = None

    @property
    def fit_settings(self) -> FitSettings:
        """What a fit depends on besides the data."""
        return FitSettings(self.model, self.model_config, self.loss, self.training)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; paths are made absolute so that a run can be read from anywhere."""
        return json.loads(json.dumps(dataclasses.asdict(self), default=_encode))

    def portable(self) -> dict[str, Any]:
        """As `to_json`, without the machine's paths: for what is passed on."""
        value = self.to_json()
        for name in WHERE_THINGS_LIE:
            *sections, last = name.split(".")
            part = value
            for section in sections:
                # A part that the run has not, such as a warm start, has no path either.
                part = part[section] or {}
            part[last] = None
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "RunConfig":
        """The inverse of `to_json`; a setting of the model that is not there has its default."""
        fit = FitSettings.from_json(value)
        # JSON knows no tuples.
        stored = fit.model_config.own.items()
        given = {name: tuple(v) if isinstance(v, list) else v for name, v in stored}
        own = own_defaults(MODELS[fit.model].own_settings) | given
        return from_fields(
            cls,
            {
                **{name: value[name] for name in ("dataset", "data", "evaluation", "refit")},
                "model": fit.model,
                "model_config": dataclasses.replace(fit.model_config, own=own),
                "loss": fit.loss,
                "training": fit.training,
                # A run of an earlier version has none.
                "warm_start": value.get("warm_start"),
            },
        )


def _encode(value: Any) -> str:
    if isinstance(value, Path):
        return str(value.resolve())
    raise TypeError(f"cannot store {value!r}")


def config_path(directory: Path) -> Path:
    """Where the settings of a run are."""
    return directory / "config.json"


def claim_directory(directory: Path, config: RunConfig) -> None:
    """Writes `config.json`, or checks that the directory belongs to the same settings.

    Raises:
      UserError: if the directory holds a run with other settings, naming them; or is not usable.
    """
    path = config_path(directory)
    new = config.to_json()
    try:
        if not path.exists():
            directory.mkdir(parents=True, exist_ok=True)
            write_json(path, new)
            return
    except OSError as error:
        raise UserError(f"--output_dir={directory}: {error.strerror}; choose another") from error
    # By way of `read_config`, so that settings which an older run did not know have their default.
    different = differences(read_config(directory).to_json(), new, WHERE_THINGS_LIE)
    if different:
        raise UserError(
            f"--output_dir={directory} holds a run with other settings ({'; '.join(different)}); "
            "use the same settings to resume it, or another directory"
        )


def read_config(directory: Path, flag: str = "output_dir") -> RunConfig:
    """The settings of the run in `directory`.

    Args:
      directory: of the run.
      flag: the one that named it, for messages.

    Raises:
      UserError: if there is no run there.
    """
    path = config_path(directory)
    if not path.is_file():
        raise UserError(f"--{flag}={directory}: no run there (config.json is missing)")
    try:
        return RunConfig.from_json(read_json(path, CONFIG_REMEDY))
    except (AttributeError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: not the settings of a run of this version, or damaged "
            f"({type(error).__name__}: {error}); {CONFIG_REMEDY}"
        ) from error
