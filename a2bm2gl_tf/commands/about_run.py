"""What a run is, in plain values: for its status file and for TensorBoard."""

import dataclasses
import types
import typing
from pathlib import Path
from typing import Any

import tensorflow as tf

from a2bm2gl_tf import __version__
from a2bm2gl_tf.commands.run_config import RunConfig
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import default_scaling
from a2bm2gl_tf.methods.registry import find_method
from a2bm2gl_tf.methods.settings import flag_of, flatten
from a2bm2gl_tf.models.own_settings import own_defaults
from a2bm2gl_tf.models.registry import MODELS
from a2bm2gl_tf.training.tensorboard_hparams import NUMBER, TEXT, TRUTH

# All are --seed; one of them says it.
_SEEDS = {"data.seed", "model_config.seed", "loss.seed", "evaluation.seed"}
# What a table of runs begins with.
TRIAL_FIRST = (
    "model",
    "loss.name",
    "training.learning_rate",
    "model_config.dimension",
    "training.batch_users",
)
_OWN = "model_config.own."
# Beside those of the run's own cut-offs, so that runs of one logdir have the columns in common.
_METRICS = ("ndcg@10", "recall@10", "precision@10", "ndcg@20", "recall@20", "auc")


def versions() -> dict[str, str]:
    """What a result may depend on besides data and settings."""
    return {"a2bm2gl_tf": __version__, "tensorflow": tf.__version__}


def about_run(config: RunConfig, dataset: Dataset, fingerprint: str) -> dict[str, Any]:
    """What inspect.py says of a run, which then needs neither the dataset nor TensorFlow for it.

    Args:
      config: the run's settings.
      dataset: what it is trained on.
      fingerprint: of the dataset.
    """
    return {
        "model": config.model,
        "dataset": {
            "name": dataset.name,
            "fingerprint": fingerprint,
            "split": dataset.split,
            "users": dataset.num_users,
            "items": dataset.num_items,
            "train": dataset.train.nnz,
            "validation": dataset.validation.nnz,
            "test": dataset.test.nnz,
            "modalities": {m.name: m.dimension for m in dataset.modalities},
        },
        "changed": changed_settings(config),
        "versions": versions(),
    }


def changed_settings(config: RunConfig) -> dict[str, Any]:
    """Flag -> value of the settings that are not the method's, or the dataset's, defaults.

    The seed and where things lie are no such settings.
    """
    usual = dataclasses.replace(
        config,
        data=DatasetOptions(feature_scaling=default_scaling(config.dataset)),
        **{
            part: getattr(find_method(config.model).fit_settings(), part)
            for part in ("model_config", "loss", "training")
        },
        refit=False,
    )
    usual, chosen = flatten(usual.portable()), flatten(config.portable())
    return {
        flag_of(name): value
        for name, value in chosen.items()
        if value != usual.get(name) and name not in _SEEDS | {"training.seed"}
    }


def trial_types() -> dict[str, int]:
    """Every setting that any run may have and its type in TensorBoard, the same for all runs."""
    found = dict(_types_of(RunConfig, ""))
    for model in MODELS.values():
        for name, value in own_defaults(model.own_settings).items():
            kind = _type_of(type(value))
            # Two models may mean different things by one name.
            found[_OWN + name] = kind if found.get(_OWN + name, kind) == kind else TEXT
    return found


def trial_settings(config: RunConfig) -> dict[str, Any]:
    """The values of `trial_types` that a run has."""
    known = trial_types()
    return {
        name: ",".join(map(str, value)) if isinstance(value, list) else value
        for name, value in flatten(config.portable()).items()
        if name in known
    }


def trial_metrics(config: RunConfig) -> list[str]:
    """Tags of the scalars by which runs are compared in TensorBoard."""
    own = [f"{name}@{k}" for k in config.evaluation.top_k for name in ("ndcg", "recall")]
    test = [f"test/{name}" for name in dict.fromkeys([*_METRICS, *own])]
    return [*test, f"validation/{config.training.monitor}"]


def _types_of(config_class: type, prefix: str):
    for name, kind in typing.get_type_hints(config_class).items():
        if dataclasses.is_dataclass(kind):
            yield from _types_of(kind, f"{prefix}{name}.")
        elif f"{prefix}{name}" not in _SEEDS and not _is_left_out(kind):
            yield f"{prefix}{name}", _type_of(kind)


def _is_left_out(kind: Any) -> bool:
    """Paths, which are of one machine, and the own settings, which `trial_types` takes apart."""
    return Path in (kind, *typing.get_args(kind)) or kind == dict[str, Any]


def _type_of(kind: Any) -> int:
    if isinstance(kind, types.UnionType):
        kind = next(k for k in typing.get_args(kind) if k is not type(None))
    return {bool: TRUTH, int: NUMBER, float: NUMBER}.get(kind, TEXT)
