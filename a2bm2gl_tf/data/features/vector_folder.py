"""Feature vectors kept as one .npy file an item."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.features.item_files import files_of_items
from a2bm2gl_tf.data.reading.arrays import load_array
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.errors import UserError

_ENDINGS = ("", ".npy")


def read_vector_folder(
    name: str, folder: Path, item_ids: np.ndarray, left_out: np.ndarray | None = None
) -> tuple[Vectors, int]:
    """Reads the first row of `<item id>` or `<item id>.npy` of every item that has such a file.

    Memory is taken once for all of them, and none for the items that are left out.

    Args:
      name: name of the modality.
      folder: the folder.
      item_ids: (V,) items of the interactions, ascending.
      left_out: ids of items whose files are passed over; None for none.

    Returns:
      The vectors, of items outside the interactions too, in the order of
      `item_files.files_of_items`, and the number of files passed over.

    Raises:
      UserError: naming the file that is damaged, of another width than the first, not finite, or
        there twice.
    """
    found, others = files_of_items(folder, item_ids, _ENDINGS, left_out)
    files = list(found.values())
    width = _first_row(files[0]).size
    rows = np.empty((len(files), width), np.float32)
    with progress_bar(len(files), "item", folder.name) as progress:
        for row, file in enumerate(files):
            vector = _first_row(file)
            if vector.size != width:
                raise UserError(
                    f"{file}: {vector.size} numbers where {files[0].name} has {width}; "
                    "use files of the same release"
                )
            rows[row] = vector
            progress.update()
    return Vectors(name, np.array(list(found), item_ids.dtype), folder, rows), others


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
