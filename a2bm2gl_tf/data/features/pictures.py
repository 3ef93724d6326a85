"""Picture files into pixels, without trusting them."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from a2bm2gl_tf.errors import UserError, reason_of

if TYPE_CHECKING:
    from PIL import Image

# Raster formats that Pillow decodes itself. It would hand EPS to Ghostscript, an interpreter.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")

# A small file can claim any size: 64 million pixels are 200 MB once decoded.
_MOST_PIXELS = 64_000_000


def open_picture(path: Path, size: tuple[int, int]) -> "Image.Image":
    """Reads a picture, upright, on white where it is transparent, and scales it.

    Of an animation the first frame counts. The ratio of the sides is not kept: every picture fills
    the same grid.

    Args:
      path: a JPEG, PNG, WebP, GIF, BMP, TIFF or PPM file.
      size: (width, height) in pixels.

    Returns:
      A Pillow image of mode RGB.

    Raises:
      UserError: if the file is missing, not such a picture, damaged, or larger than 64 million
        pixels.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not path.is_file():
        raise UserError(f"{path}: no such picture; restore it, or give --skip_unreadable")
    with warnings.catch_warnings():
        # Pillow warns of bombs and of odd metadata; the size is checked just below.
        warnings.simplefilter("ignore")
        try:
            with Image.open(path, formats=_FORMATS) as image:
                _check_size(path, image.size)
                # JPEG can be decoded at a fraction of its size, several times as fast.
                image.draft("RGB", (2 * size[0], 2 * size[1]))
                upright = ImageOps.exif_transpose(image)
                opaque = _on_white(upright)
            return opaque.resize(size, Image.Resampling.BOX)
        except UserError:
            raise
        except Image.DecompressionBombError as error:
            raise _too_large(path) from error
        except UnidentifiedImageError as error:
            raise UserError(
                f"{path}: not a JPEG, PNG, WebP, GIF, BMP, TIFF or PPM picture; replace it, "
                "or give --skip_unreadable"
            ) from error
        except Exception as error:  # Decoders of damaged files raise almost anything.
            raise UserError(
                f"{path}: damaged picture ({reason_of(error)}); replace it, or give "
                "--skip_unreadable"
            ) from error


def _on_white(image: "Image.Image") -> "Image.Image":
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        coloured = image.convert("RGBA")
        return Image.alpha_composite(
            Image.new("RGBA", coloured.size, (255, 255, 255, 255)), coloured
        ).convert("RGB")
    return image.convert("RGB")


def _check_size(path: Path, size: tuple[int, int]) -> None:
    if size[0] * size[1] > _MOST_PIXELS:
        raise _too_large(path)


def _too_large(path: Path) -> UserError:
    return UserError(
        f"{path}: larger than {_MOST_PIXELS // 10**6} million pixels; scale it down, "
        "or give --skip_unreadable"
    )
