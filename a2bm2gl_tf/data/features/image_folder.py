"""Pictures of items, such as covers, kept as one file an item."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Images
from a2bm2gl_tf.data.features.item_files import files_of_items

PICTURE_ENDINGS = (".jpeg", ".png", ".webp", ".bmp", ".gif", ".jpg")


def read_image_folder(name: str, folder: Path, item_ids: np.ndarray) -> Images:
    """Finds `<item id>.jpg` (or .jpeg, .png, .webp, .bmp, .gif) of every item that has one.

    Pictures of items outside the interactions are found too, for it is not decided here what
    becomes of them. Files of other names are passed over; pictures are not opened yet.

    Args:
      name: name of the modality.
      folder: the folder.
      item_ids: (V,) items of the interactions, ascending.

    Raises:
      UserError: if two files belong to the same item, or none to one of `item_ids`.
    """
    files, _ = files_of_items(folder, item_ids, PICTURE_ENDINGS)
    return Images(name, np.array(list(files), item_ids.dtype), folder, tuple(files.values()))
