"""Pictures by colour and texture, without a network."""

import numpy as np

from a2bm2gl_tf.data.features.content import Images
from a2bm2gl_tf.data.features.encoder_registry import EncodedRows, EncodingOptions, register_encoder
from a2bm2gl_tf.data.features.image_statistics import (
    colour_histogram,
    colour_moments,
    gradient_orientations,
    local_binary_patterns,
)
from a2bm2gl_tf.data.features.picture_batches import encode_pictures

# Divisible by the grid; enough for texture, and quick.
_SIDE = 96
_GRID = 3

# Columns of each part, in order: see `image_statistics`.
LAYOUT = {
    "hsv_histogram": 8 * 4 * 4,
    "rgb_mean_variance": _GRID * _GRID * 6,
    "gradient_orientations": _GRID * _GRID * 9,
    "local_binary_patterns": 59,
}


@register_encoder("colour_texture", "image", learned=False, libraries=("pillow",))
def encode_colour_texture(
    content: Images, options: EncodingOptions, argument: str = ""
) -> EncodedRows:
    """Colour histogram, colour moments, gradient orientations and local binary patterns.

    Each picture is scaled to 96 x 96 pixels. The parts differ in scale: use "zscore" scaling.

    Args:
      content: n picture files.
      options: `skip_unreadable`.
      argument: not used.

    Returns:
      float32 (n, 322), columns as in `LAYOUT`.

    Raises:
      UserError: naming the first picture that cannot be read, unless `skip_unreadable`.
    """
    del argument
    return encode_pictures(
        content,
        (_SIDE, _SIDE),
        lambda batch: np.stack([_describe(pixels) for pixels in batch]),
        options,
        {"pixels": [_SIDE, _SIDE], "layout": LAYOUT},
    )


def _describe(rgb: np.ndarray) -> np.ndarray:
    from PIL import Image

    image = Image.fromarray(rgb)
    grey = np.asarray(image.convert("L"))
    return np.concatenate(
        [
            colour_histogram(np.asarray(image.convert("HSV"))),
            colour_moments(rgb / 255.0, _GRID),
            gradient_orientations(grey / 255.0, _GRID),
            local_binary_patterns(grey),
        ]
    ).astype(np.float32)
