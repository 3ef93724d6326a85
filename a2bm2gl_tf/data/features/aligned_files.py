"""Item features from .npy files, one modality a file."""

import re
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.reading.arrays import load_array
from a2bm2gl_tf.data.reading.paths import require_directory
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
    values = load_array(path)
    if values.dtype.kind not in "fiu" or values.ndim != 2 or values.shape[1] == 0:
        raise UserError(
            f"{path}: holds {values.dtype} of shape {values.shape}; "
            "give real numbers, one row an item"
        )
    if len(values) != num_items:
        raise UserError(
            f"{path}: has {len(values)} rows for {num_items} items; give one row an item"
        )
    present = None if mask_path is None else _read_mask(mask_path, num_items)
    # A number beyond float32's range turns into an infinity, which is reported just below.
    with np.errstate(over="ignore"):
        features = values.astype(np.float32)
    if present is not None:
        features[~present] = 0
    broken = ~np.isfinite(features).all(axis=1)
    if broken.any():
        raise UserError(
            f"{path}: row {broken.argmax() + 1} holds NaN, an infinity or a number beyond float32; "
            "mend it or mark the item as missing in a mask"
        )
    if present is None:
        present = features.any(axis=1)
    if not present.any():
        raise UserError(f"{mask_path or path}: no item has modality {name}; leave the file out")
    return Modality(name, features, present)


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


def _read_mask(path: Path, num_items: int) -> np.ndarray:
    mask = load_array(path)
    if mask.dtype != bool:
        raise UserError(f"{path}: holds {mask.dtype}; give booleans, True where the item has it")
    if mask.shape != (num_items,):
        raise UserError(f"{path}: has shape {mask.shape}; give one value for each of {num_items}")
    return mask
