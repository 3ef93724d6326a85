"""What a user may ask of any dataset reader."""

import dataclasses
from pathlib import Path

from a2bm2gl_tf.data.features.scaling import SCALINGS
from a2bm2gl_tf.data.preparation.split_options import check_fractions
from a2bm2gl_tf.errors import UserError


@dataclasses.dataclass(frozen=True)
class DatasetOptions:
    """Options of `load_dataset`.

    Attributes:
      data_dir: folder of the dataset as distributed; None for generated data.
      features_dir: folder of further item features, where the dataset takes any.
      modalities: names of the modalities to keep, in this order; None keeps all.
      feature_scaling: one of `scaling.SCALINGS`; None takes the dataset's own: "zscore_l2", but
        for prepared data, which is scaled already.
      seed: non-negative integer seed of the random split and of generated data.
      test_fraction: part of each user's interactions that becomes test data (random splits only).
      validation_fraction: part of what is left that becomes validation data.
      num_users: users to generate (generated data only); None takes the dataset's default.
      num_items: items to generate, likewise.
      num_interactions: interactions to generate in all splits together, likewise.
      fold: which fold of cross-validation, from 0 (prepared data only).
    """

    data_dir: Path | None = None
    features_dir: Path | None = None
    modalities: tuple[str, ...] | None = None
    feature_scaling: str | None = None
    seed: int = 0
    test_fraction: float = 0.2
    validation_fraction: float = 0.1
    num_users: int | None = None
    num_items: int | None = None
    num_interactions: int | None = None
    fold: int = 0


def check_values(options: DatasetOptions) -> None:
    """Refuses values that no dataset can honour.

    Raises:
      UserError: naming the flag and what it takes.
    """
    check_fractions(options.test_fraction, options.validation_fraction)
    if options.seed < 0:
        raise UserError(f"--seed={options.seed}: give an integer of 0 or more")
    if options.feature_scaling not in (None, *SCALINGS):
        raise UserError(
            f"--feature_scaling={options.feature_scaling}: choose one of {', '.join(SCALINGS)}"
        )
    for name in ("num_users", "num_items", "num_interactions"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise UserError(f"--{name}={value}: give an integer of 1 or more")
    if options.fold < 0:
        raise UserError(f"--fold={options.fold}: folds are counted from 0; give one of them")


def check_applicable(
    options: DatasetOptions,
    name: str,
    *,
    data_dir: bool,
    features_dir: bool,
    sizes: bool,
    folds: bool,
) -> None:
    """Refuses options that the dataset called `name` would ignore, and asks for those it needs.

    Args:
      options: the options.
      name: registry name, for the message.
      data_dir: whether the dataset is read from a folder.
      features_dir: whether it takes a folder of further features.
      sizes: whether its size can be chosen.
      folds: whether it may come in folds.

    Raises:
      UserError: naming the flag to give or to leave out.
    """
    if data_dir and options.data_dir is None:
        raise UserError(f"--data_dir is missing: give the folder that holds the {name} files")
    if not data_dir and options.data_dir is not None:
        raise UserError(
            f"--data_dir={options.data_dir}: {name} data is generated, not read; leave the flag out"
        )
    if not features_dir and options.features_dir is not None:
        raise UserError(
            f"--features_dir={options.features_dir}: {name} takes no further features; "
            "leave the flag out"
        )
    for size in ("num_users", "num_items", "num_interactions"):
        if not sizes and getattr(options, size) is not None:
            raise UserError(
                f"--{size}={getattr(options, size)}: the size of {name} is that of its files; "
                "leave the flag out"
            )
    if not folds and options.fold != 0:
        raise UserError(
            f"--fold={options.fold}: {name} has a single split; prepare it with --folds=k and "
            "train on that"
        )
