"""Pictures read and encoded in batches, broken ones refused or counted."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from a2bm2gl_tf.data.features.content import Images
from a2bm2gl_tf.data.features.encoder_registry import EncodedRows, EncodingOptions
from a2bm2gl_tf.data.features.pictures import open_picture
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.errors import UserError

_BATCH = 32


def encode_pictures(
    content: Images,
    size: tuple[int, int],
    encode: Callable[[np.ndarray], np.ndarray],
    options: EncodingOptions,
    parameters: dict[str, Any],
) -> EncodedRows:
    """Applies a function to the pixels of every picture that can be read.

    Args:
      content: n picture files.
      size: (width, height) that pictures are scaled to.
      encode: uint8 (b, height, width, 3) -> real (b, f), b at most 32.
      options: `skip_unreadable`.
      parameters: of the encoder; "unreadable", the number of pictures left out, is added.

    Returns:
      The rows; unreadable pictures are absent.

    Raises:
      UserError: naming the first picture that cannot be read, unless `skip_unreadable`; or if the
        function gives something that is not finite.
    """
    present = np.zeros(len(content.paths), bool)
    blocks = []
    for places, pixels in _batches(content, size, options.skip_unreadable):
        block = np.asarray(encode(pixels), np.float32)
        if not np.isfinite(block).all():
            place = places[np.isfinite(block).all(axis=1).argmin()]
            raise UserError(
                f"{content.paths[place]}: --image_encoder={options.image_encoder} gives numbers "
                "that are not finite; check its weights"
            )
        present[places] = True
        blocks.append(block)
    found = np.concatenate(blocks) if blocks else np.zeros((0, 1), np.float32)
    added = {"unreadable": int((~present).sum())}
    return EncodedRows.of_present(found, present, parameters | added)


def _batches(
    content: Images, size: tuple[int, int], skip_unreadable: bool
) -> Iterator[tuple[list[int], np.ndarray]]:
    places: list[int] = []
    pictures: list[np.ndarray] = []
    with progress_bar(len(content.paths), "picture", content.name) as bar:
        for place, path in enumerate(content.paths):
            bar.update()
            try:
                picture = open_picture(path, size)
            except UserError:
                if not skip_unreadable:
                    raise
                continue
            places.append(place)
            pictures.append(np.asarray(picture))
            if len(places) == _BATCH:
                yield places, np.stack(pictures)
                places, pictures = [], []
    if places:
        yield places, np.stack(pictures)
