"""Flags that name a dataset, for commands that need its interactions alone."""

from pathlib import Path

from absl import flags

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import dataset_names, load_dataset


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
