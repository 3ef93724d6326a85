"""Feature vectors of items in one array: .npy, .npz and .pt."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.data.features.aligned_files import aligned_modality, as_vectors
from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.formats.content_ids import like_catalogue
from a2bm2gl_tf.data.reading.array_archives import load_array_archive
from a2bm2gl_tf.data.reading.arrays import load_array
from a2bm2gl_tf.data.reading.real_rows import require_real_table
from a2bm2gl_tf.data.reading.torch_files import load_tensors
from a2bm2gl_tf.errors import UserError

_FEATURE_STEM = re.compile(r"(?P<base>.+?)_feat(_.+)?")
_PARTS = ("ids", "features", "mask")
# Names that other tools and numpy.savez itself give.
_ALIASES = {"item_ids": "ids"}
_UNNAMED = "arr_0"


def read_npy(name: str, path: Path, catalogue: np.ndarray) -> Vectors:
    """Reads NAME.npy or NAME_feat.npy with NAME_ids.npy and NAME_mask.npy where those are there.

    Without ids row i belongs to the i-th item of the catalogue. Without ids and mask an item whose
    row is all zero lacks the modality; an item that is named in either has it, zeros or not.
    """
    parts = {"features": (path, load_array(path))}
    for part in ("ids", "mask"):
        companion = companion_file(path, part)
        if companion is not None:
            parts[part] = (companion, load_array(companion))
    return _vectors(name, path, parts, catalogue)


def read_npz(name: str, path: Path, catalogue: np.ndarray) -> Vectors:
    """Reads an archive with the arrays `features` and, as for .npy, `ids` and `mask`.

    `item_ids` is another name of `ids`; one array without a name (`arr_0`) alone is the features.
    """
    arrays = load_array_archive(path)
    if list(arrays) == [_UNNAMED]:
        arrays = {"features": arrays[_UNNAMED]}
    return _vectors(name, path, _named_parts(path, arrays), catalogue)


def read_pt(name: str, path: Path, catalogue: np.ndarray) -> Vectors:
    """Reads a tensor, or a dictionary of `features` and, as for .npz, `ids` and `mask`."""
    values = load_tensors(path)
    parts = _named_parts(path, values if isinstance(values, dict) else {"features": values})
    return _vectors(name, path, parts, catalogue)


def _named_parts(path: Path, arrays: dict) -> dict[str, tuple[Path, np.ndarray]]:
    parts = {_ALIASES.get(key, key): (path, array) for key, array in arrays.items()}
    # Two names of the same part are as unclear as one that is not known.
    if not parts.keys() <= set(_PARTS) or "features" not in parts or len(parts) < len(arrays):
        raise UserError(
            f"{path}: holds {', '.join(map(_shown, arrays)) or 'nothing'}; "
            'name the arrays "features" and, where needed, "ids" and "mask"'
        )
    return parts


def _shown(key: Any) -> str:
    # A number may have more digits than Python prints.
    return key[:40] if isinstance(key, str) else type(key).__name__


def _vectors(
    name: str, path: Path, parts: dict[str, tuple[Path, np.ndarray]], catalogue: np.ndarray
) -> Vectors:
    if "ids" in parts:
        source, ids = parts["ids"]
        item_ids = like_catalogue(ids, catalogue, source, lambda entry: entry + 1)
    else:
        item_ids = catalogue
    values = require_real_table(path, parts["features"][1])
    modality = aligned_modality(name, values, path, len(item_ids), parts.get("mask"))
    if not modality.features.any():
        raise UserError(f"{path}: no item has modality {name}, all is zero; leave the file out")
    if "mask" in parts:
        return dataclasses.replace(as_vectors(modality, item_ids, path), zeros_present=True)
    if "ids" in parts:
        return Vectors(name, item_ids, path, modality.features, zeros_present=True)
    return as_vectors(modality, item_ids, path)


def companion_file(path: Path, part: str) -> Path | None:
    """The file of "ids" or "mask" beside an array of features, or None."""
    match = _FEATURE_STEM.fullmatch(path.stem)
    for base in {path.stem: None, match["base"] if match else path.stem: None}:
        companion = path.with_name(f"{base}_{part}.npy")
        if companion.exists():
            return companion
    return None
