"""DiffMM's layout: a split as pickled sparse matrices, features row by row."""

from pathlib import Path

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.formats.parts_of_pairs import join_parts
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.data.reading.real_rows import load_real_rows
from a2bm2gl_tf.data.reading.sparse_pickles import load_sparse_matrix
from a2bm2gl_tf.errors import UserError

FILES = {TRAIN: "trnMat.pkl", VALIDATION: "valMat.pkl", TEST: "tstMat.pkl"}
_FEATURES = "_feat.npy"


def read_diffmm_files(folder: Path) -> RawData:
    """Reads the three matrices and every `NAME_feat.npy` beside them.

    Any non-zero entry is an interaction. Ids are row and column numbers; users and items are all
    rows and columns. Items whose feature row is all zero lack the modality.

    Args:
      folder: the folder as distributed.

    Returns:
      The data.

    Raises:
      UserError: naming the file that is not as it should be.
    """
    shape, parts = None, []
    for part, name in FILES.items():
        stored = load_sparse_matrix(folder / name)
        if shape is not None and stored.shape != shape:
            raise UserError(
                f"{folder / name}: shape {stored.shape} where {FILES[TRAIN]} has {shape}; "
                "use files of the same release"
            )
        shape = stored.shape
        merged = sp.csr_matrix(stored)
        merged.eliminate_zeros()
        users, items = merged.nonzero()
        parts.append((part, users.astype(np.int64), items.astype(np.int64)))
    interactions = join_parts(parts, num_items=shape[1], more_users=np.arange(shape[0]))
    features = sorted(folder.glob("*" + _FEATURES))
    contents = tuple(_read_vectors(path, shape[1]) for path in features)
    counts = {"records": len(interactions)} | {
        f"records of {FILES[part]}": len(users) for part, users, _ in parts
    }
    files = (*(folder / name for name in FILES.values()), *features)
    return RawData(interactions, contents, files=files, counts=counts)


def _read_vectors(path: Path, num_items: int) -> Vectors:
    rows = load_real_rows(path)
    if len(rows) != num_items:
        raise UserError(f"{path}: has {len(rows)} rows for {num_items} items; give one row an item")
    present = rows.any(axis=1)
    name = path.name.removesuffix(_FEATURES)
    if not present.any():
        raise UserError(f"{path}: no item has modality {name}; leave the file out")
    return Vectors(name, np.flatnonzero(present), path, rows[present])


def _detect(path: Path) -> str | None:
    if all((path / name).is_file() for name in FILES.values()):
        return f"it holds {', '.join(FILES.values())}"
    return None


def _read(path: Path, options: FormatOptions) -> RawData:
    return read_diffmm_files(require_directory(path, "input"))


register_format(
    Format(
        "diffmm",
        f"DiffMM: {', '.join(FILES.values())} and NAME_feat.npy (TikTok and others)",
        _detect,
        _read,
    )
)
