"""Datasets by name, and the steps that every dataset goes through once it is read."""

import dataclasses
from collections.abc import Callable

from a2bm2gl_tf.data.checks import check_dataset
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.scaling import scale_modality
from a2bm2gl_tf.data.options import DatasetOptions, check_applicable, check_values
from a2bm2gl_tf.errors import UserError

Reader = Callable[[DatasetOptions], Dataset]


@dataclasses.dataclass(frozen=True)
class _Entry:
    """A reader and the options it honours; the flags mean what `check_applicable` says."""

    read: Reader
    data_dir: bool
    features_dir: bool
    sizes: bool
    folds: bool
    scaled: bool


_ENTRIES: dict[str, _Entry] = {}
_DEFAULT_SCALING = "zscore_l2"


def register_dataset(
    name: str,
    *,
    data_dir: bool,
    features_dir: bool = False,
    sizes: bool = False,
    folds: bool = False,
    scaled: bool = False,
) -> Callable[[Reader], Reader]:
    """Decorator that makes a reader known to `load_dataset`.

    The reader returns all modalities, unscaled unless `scaled`, in a fixed order; `load_dataset`
    does the rest.

    Args:
      name: what the user calls the dataset.
      data_dir: whether it is read from a folder, which is then mandatory.
      features_dir: whether it takes a folder of further item features.
      sizes: whether `num_users`, `num_items` and `num_interactions` apply.
      folds: whether `fold` applies.
      scaled: whether the reader returns scaled features and answers for `feature_scaling` itself.

    Returns:
      The decorator; it leaves the reader as it is.

    Raises:
      ValueError: if the name is taken.
    """

    def register(reader: Reader) -> Reader:
        if name in _ENTRIES:
            raise ValueError(f"two readers are called {name!r}")
        _ENTRIES[name] = _Entry(reader, data_dir, features_dir, sizes, folds, scaled)
        return reader

    return register


def dataset_names() -> tuple[str, ...]:
    """Names that `load_dataset` knows, sorted."""
    return tuple(sorted(_ENTRIES))


def default_scaling(name: str) -> str | None:
    """The scaling of a dataset's features if none is asked for; None if they come scaled.

    Args:
      name: one of `dataset_names()`.
    """
    return None if _ENTRIES[name].scaled else _DEFAULT_SCALING


def load_dataset(name: str, options: DatasetOptions) -> Dataset:
    """Reads or generates a dataset, keeps the modalities asked for, scales and checks it.

    Args:
      name: one of `dataset_names()`.
      options: see `DatasetOptions`.

    Returns:
      The dataset, ready for training.

    Raises:
      UserError: where the options do not fit the dataset, or its files are not as they should be.
    """
    if name not in _ENTRIES:
        raise UserError(f"--dataset={name}: unknown; choose one of {', '.join(dataset_names())}")
    entry = _ENTRIES[name]
    check_values(options)
    check_applicable(
        options,
        name,
        data_dir=entry.data_dir,
        features_dir=entry.features_dir,
        sizes=entry.sizes,
        folds=entry.folds,
    )
    dataset = _select_modalities(entry.read(options), options.modalities)
    if not entry.scaled:
        scaling = options.feature_scaling or _DEFAULT_SCALING
        modalities = tuple(scale_modality(m, scaling) for m in dataset.modalities)
        dataset = dataclasses.replace(dataset, modalities=modalities)
    check_dataset(dataset)
    return dataset


def _select_modalities(dataset: Dataset, names: tuple[str, ...] | None) -> Dataset:
    if names is None:
        return dataset
    known = {modality.name: modality for modality in dataset.modalities}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(
            f"--modalities={','.join(names)}: {dataset.name} has no {', '.join(unknown)}; "
            f"choose from {', '.join(known)}"
        )
    if len(set(names)) < len(names):
        raise UserError(f"--modalities={','.join(names)}: a name is given twice; give each once")
    return dataclasses.replace(dataset, modalities=tuple(known[name] for name in names))
