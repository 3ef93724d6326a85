"""Feature vectors kept as one .npy file an item."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.features.item_files import files_of_items
from a2bm2gl_tf.data.reading.arrays import load_array
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.errors import UserError

_ENDINGS = ("", ".npy")


def read_vector_folder(name: str, folder: Path, item_ids: np.ndarray) -> tuple[Vectors, int]:
    """Reads the first row of `<item id>` or `<item id>.npy` for every item that has such a file.

    Memory is taken once for all of them, and only for the items asked for.

    Args:
      name: name of the modality.
      folder: the folder.
      item_ids: (V,) ascending.

    Returns:
      The vectors, in the order of `item_ids`, and the number of files of other items.

    Raises:
      UserError: naming the file that is damaged, of another width than the first, not finite, or
        there twice.
    """
    files, others = files_of_items(folder, item_ids, _ENDINGS)
    positions = list(files)
    width = _first_row(files[positions[0]]).size
    rows = np.empty((len(positions), width), np.float32)
    with progress_bar(len(positions), "item", folder.name) as progress:
        for row, position in enumerate(positions):
            vector = _first_row(files[position])
            if vector.size != width:
                raise UserError(
                    f"{files[position]}: {vector.size} numbers where "
                    f"{files[positions[0]].name} has {width}; use files of the same release"
                )
            rows[row] = vector
            progress.update()
    return Vectors(name, item_ids[positions], folder, rows), others


def _first_row(path: Path) -> np.ndarray:
    values = load_array(path)
    if values.dtype.kind not in "fiu" or values.ndim not in (1, 2) or 0 in values.shape:
        raise UserError(
            f"{path}: holds {values.dtype} of shape {values.shape}; give a row of real numbers"
        )
    with np.errstate(over="ignore"):
        row = (values if values.ndim == 1 else values[0]).astype(np.float32)
    if not np.isfinite(row).all():
        raise UserError(f"{path}: row 1 holds NaN, an infinity or a number beyond float32; mend it")
    return row
