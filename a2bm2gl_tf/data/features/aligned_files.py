"""Item features from .npy files, one modality a file."""

import re
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.reading.arrays import load_array
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.data.reading.real_rows import finite_rows, require_real_table
from a2bm2gl_tf.errors import UserError

_FEATURE_FILE = re.compile(r"(?P<name>[A-Za-z0-9_]+?)_feat(_.+)?\.npy")
_MASK_FILE = re.compile(r"(?P<name>.+)_mask\.npy")


def read_features(name: str, path: Path, num_items: int, mask_path: Path | None = None) -> Modality:
    """Reads one modality.

    Without a mask an item whose row is all zero counts as missing the modality: a zero vector has
    no direction, so it has no cosine similarity with anything.

    Args:
      name: the modality's name.
      path: .npy file of real numbers (V, f); row v belongs to item v.
      num_items: V.
      mask_path: .npy file of V booleans, True where the item has the modality.

    Returns:
      The modality as float32, unscaled; rows of items that lack it are zero whatever the file says.

    Raises:
      UserError: if a file is damaged, has the wrong shape or dtype, or a present row is not finite.
    """
    values = require_real_table(path, load_array(path))
    mask = None if mask_path is None else (mask_path, load_array(mask_path))
    return aligned_modality(name, values, path, num_items, mask)


def aligned_modality(
    name: str,
    values: np.ndarray,
    source: Path,
    num_items: int,
    mask: tuple[Path, np.ndarray] | None = None,
) -> Modality:
    """One modality from an array with a row for every item.

    Args:
      name: the modality's name.
      values: real numbers (V, f); row v belongs to item v.
      source: the file they are from, for messages.
      num_items: V.
      mask: the file and the array of V booleans, as `read_features` explains them.

    Returns:
      As `read_features`.

    Raises:
      UserError: as `read_features`.
    """
    if len(values) != num_items:
        raise UserError(
            f"{source}: has {len(values)} rows for {num_items} items; give one row an item"
        )
    present = None if mask is None else _check_mask(*mask, num_items)
    features = finite_rows(source, values, present, "mend it or mark the item as missing in a mask")
    if present is None:
        present = features.any(axis=1)
    if not present.any():
        raise UserError(
            f"{source if mask is None else mask[0]}: no item has modality {name}; "
            "leave the file out"
        )
    return Modality(name, features, present)


def as_vectors(modality: Modality, item_ids: np.ndarray, source: Path) -> Vectors:
    """The rows of the items that have the modality.

    Args:
      modality: of V items.
      item_ids: (V,) their ids.
      source: the file it was read from.
    """
    present = modality.present
    rows = modality.features if present.all() else modality.features[present]
    return Vectors(modality.name, item_ids[present], source, rows)


def read_feature_folder(folder: Path, num_items: int) -> tuple[Modality, ...]:
    """Reads every modality of a folder, sorted by name.

    `NAME_feat.npy` and `NAME_feat_<anything>.npy` hold modality NAME; `NAME_mask.npy` beside it is
    its optional mask. Other files are left alone.

    Args:
      folder: the folder.
      num_items: V.

    Returns:
      The modalities.

    Raises:
      UserError: as `read_features`; also if no file fits, two files hold the same modality, or a
        mask belongs to none.
    """
    require_directory(folder, "features_dir")
    files: dict[str, Path] = {}
    for path in sorted(folder.glob("*_feat*.npy")):
        match = _FEATURE_FILE.fullmatch(path.name)
        if match is None:
            raise UserError(
                f"{path}: cannot tell the modality; call it NAME_feat.npy, "
                "with letters, digits and underscores in NAME"
            )
        name = match["name"]
        if name in files:
            raise UserError(f"{path}: modality {name} is in {files[name].name} too; keep one")
        files[name] = path
    if not files:
        raise UserError(f"--features_dir={folder}: holds no NAME_feat.npy; give another folder")
    masks = {
        match["name"]: path
        for path in sorted(folder.glob("*_mask.npy"))
        if (match := _MASK_FILE.fullmatch(path.name))
    }
    for name in masks.keys() - files.keys():
        raise UserError(f"{masks[name]}: there is no {name}_feat.npy that it masks; rename it")
    return tuple(
        read_features(name, path, num_items, masks.get(name))
        for name, path in sorted(files.items())
    )


def _check_mask(path: Path, mask: np.ndarray, num_items: int) -> np.ndarray:
    if mask.dtype != bool:
        raise UserError(f"{path}: holds {mask.dtype}; give booleans, True where the item has it")
    if mask.shape != (num_items,):
        raise UserError(f"{path}: has shape {mask.shape}; give one value for each of {num_items}")
    return mask
