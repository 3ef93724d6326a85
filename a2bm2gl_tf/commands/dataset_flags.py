"""Flags that name a dataset: its interactions alone, or all that a reader can be asked for."""

from pathlib import Path

from absl import flags

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.scaling import SCALINGS
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import dataset_names, default_scaling, load_dataset


def define_dataset_flags(fv: flags.FlagValues) -> None:
    """Defines --dataset, --data_dir and the sizes of generated data; --seed is up to the caller."""
    flags.DEFINE_enum("dataset", "synthetic", dataset_names(), "Dataset.", flag_values=fv)
    flags.DEFINE_string("data_dir", None, "Folder of the dataset as distributed.", flag_values=fv)
    for name in ("num_users", "num_items", "num_interactions"):
        flags.DEFINE_integer(
            name, None, "Size of generated data (synthetic).", lower_bound=1, flag_values=fv
        )


def dataset_of_flags(fv: flags.FlagValues) -> Dataset:
    """Reads or generates the dataset that the flags name.

    Raises:
      UserError: as `load_dataset`.
    """
    options = DatasetOptions(
        data_dir=Path(fv.data_dir) if fv.data_dir else None,
        seed=fv.seed,
        num_users=fv.num_users,
        num_items=fv.num_items,
        num_interactions=fv.num_interactions,
    )
    return load_dataset(fv.dataset, options)


def define_data_flags(fv: flags.FlagValues) -> None:
    """Defines every flag of `full_options` but --seed, which is up to the caller."""
    define_dataset_flags(fv)
    flags.DEFINE_string("features_dir", None, "Folder of item features.", flag_values=fv)
    flags.DEFINE_list(
        "modalities", None, "Modalities to use; all of the dataset's by default.", flag_values=fv
    )
    flags.DEFINE_enum(
        "feature_scaling",
        None,
        SCALINGS,
        "Scaling of item features; zscore_l2 if unset, but for prepared data, which is scaled.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "fold", 0, "Fold of cross-validation (prepared).", lower_bound=0, flag_values=fv
    )
    for name, default, text in (
        ("test_fraction", 0.2, "Share of each user's interactions held out for testing."),
        ("validation_fraction", 0.1, "Share of the remaining ones held out for validation."),
    ):
        flags.DEFINE_float(name, default, text, flag_values=fv)


def full_options(fv: flags.FlagValues) -> DatasetOptions:
    """What the flags of `define_data_flags` and --seed ask of a dataset's reader."""
    return DatasetOptions(
        data_dir=Path(fv.data_dir) if fv.data_dir else None,
        features_dir=Path(fv.features_dir) if fv.features_dir else None,
        modalities=tuple(fv.modalities) if fv.modalities else None,
        feature_scaling=fv.feature_scaling or default_scaling(fv.dataset),
        seed=fv.seed,
        test_fraction=fv.test_fraction,
        validation_fraction=fv.validation_fraction,
        num_users=fv.num_users,
        num_items=fv.num_items,
        num_interactions=fv.num_interactions,
        fold=fv.fold,
    )
