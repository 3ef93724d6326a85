"""DiffMM's layout: a given split as pickled matrices, features row by row as .npy."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.aligned_files import as_vectors, read_features
from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION, Interactions, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.data.reading.sparse_pickles import load_sparse_matrix
from a2bm2gl_tf.errors import UserError

PART_FILES = {TRAIN: "trnMat.pkl", VALIDATION: "valMat.pkl", TEST: "tstMat.pkl"}
_FEATURES = "_feat.npy"
_PICKLE = b"\x80"


def read_diffmm_files(folder: Path) -> RawData:
    """Reads the three matrices and every `NAME_feat.npy` beside them.

    Every stored entry that is not zero is a record. Ids are row and column numbers, all of them: a
    user or an item without a record stays. Items whose features are all zero lack the modality.

    Args:
      folder: holds the files.

    Returns:
      The records of training, then validation, then test data; `parts` tells.

    Raises:
      UserError: naming the file that is not as it should be.
    """
    users, items, parts = [], [], []
    shape = None
    for part, name in PART_FILES.items():
        matrix = load_sparse_matrix(folder / name)
        shape = shape or matrix.shape
        if matrix.shape != shape:
            raise UserError(
                f"{folder / name}: shape {matrix.shape} where {PART_FILES[TRAIN]} has {shape}; "
                "use files of the same release"
            )
        seen = matrix.data != 0
        users.append(matrix.row[seen].astype(np.int32))
        items.append(matrix.col[seen].astype(np.int32))
        parts.append(np.full(len(users[-1]), part, np.uint8))
    item_ids = np.arange(shape[1])
    interactions = Interactions(
        user_ids=np.arange(shape[0]),
        item_ids=item_ids,
        users=np.concatenate(users),
        items=np.concatenate(items),
        parts=np.concatenate(parts),
    )
    contents = tuple(_read_vectors(file, item_ids) for file in sorted(folder.glob("*" + _FEATURES)))
    return RawData(
        interactions,
        contents,
        files=(
            *(folder / name for name in PART_FILES.values()),
            *(content.source for content in contents),
        ),
        counts={"records": len(interactions)},
    )


def _read_vectors(file: Path, item_ids: np.ndarray) -> Vectors:
    name = file.name.removesuffix(_FEATURES)
    return as_vectors(read_features(name, file, len(item_ids)), item_ids, file)


def _read(path: Path, options: FormatOptions) -> RawData:
    return read_diffmm_files(require_directory(path, "input"))


def _detect(path: Path) -> str | None:
    for name in PART_FILES.values():
        try:
            with (path / name).open("rb") as file:
                if file.read(1) != _PICKLE:
                    return None
        except OSError:
            return None
    return f"it holds the pickles {', '.join(PART_FILES.values())}"


register_format(
    Format(
        "diffmm",
        "DiffMM: trnMat.pkl, valMat.pkl, tstMat.pkl and NAME_feat.npy (TikTok and others)",
        _detect,
        _read,
    )
)
