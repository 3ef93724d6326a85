"""Data that prepare.py has filtered, split and encoded."""

import numpy as np

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.preparation.opening import open_prepared
from a2bm2gl_tf.data.preparation.random_split import interaction_matrix
from a2bm2gl_tf.data.preparation.result import Prepared
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.data.registry import register_dataset
from a2bm2gl_tf.errors import UserError


@register_dataset("prepared", data_dir=True, folds=True, scaled=True)
def read_prepared(options: DatasetOptions) -> Dataset:
    """Reads one fold of a prepared directory; features stay on disk until they are used.

    The seed and the split fractions have no effect: the split is the directory's.

    Args:
      options: see `DatasetOptions`.

    Returns:
      The dataset, under the name that the manifest gives it; its features are scaled.

    Raises:
      UserError: if the directory is damaged, has no such fold, or is scaled otherwise than asked.
    """
    prepared = open_prepared(require_directory(options.data_dir, "data_dir"))
    _check_scaling(prepared, options)
    folds = len(prepared.parts)
    if options.fold >= folds:
        there = "a single split, fold 0" if folds == 1 else f"folds 0 to {folds - 1}"
        raise UserError(f"--fold={options.fold}: {options.data_dir} has {there}; choose from there")
    recipe = prepared.record["split"]["recipe"]
    if folds > 1:
        recipe += f"; fold {options.fold}"
    shape = (len(prepared.user_ids), len(prepared.item_ids))
    parts = prepared.parts[options.fold]
    train, validation, test = (
        interaction_matrix(prepared.users[parts == part], prepared.items[parts == part], shape)
        for part in (TRAIN, VALIDATION, TEST)
    )
    item_ids = _ids(prepared.item_ids)
    return Dataset(
        name=prepared.record["name"],
        user_ids=_ids(prepared.user_ids),
        item_ids=item_ids,
        item_titles=_titles(prepared, item_ids),
        modalities=prepared.modalities,
        train=train,
        validation=validation,
        test=test,
        split=recipe,
    )


def _check_scaling(prepared: Prepared, options: DatasetOptions) -> None:
    asked = options.feature_scaling
    for entry in prepared.record["modalities"]:
        if asked not in (None, entry["scaling"]):
            raise UserError(
                f"--feature_scaling={asked}: the features of {options.data_dir} were scaled by "
                f"{entry['scaling']} when they were prepared; leave the flag out, or prepare the "
                f"data again with --feature_scaling={asked}"
            )


def _ids(ids: np.ndarray) -> np.ndarray:
    return ids.astype(object) if ids.dtype.kind == "U" else np.array(ids)


def _titles(prepared: Prepared, item_ids: np.ndarray) -> tuple[str, ...] | None:
    if prepared.titles is None:
        return None
    return tuple(
        str(item) if title is None else title
        for title, item in zip(prepared.titles, item_ids, strict=True)
    )
