import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from a2bm2gl_tf.data.features.pictures import open_picture
from a2bm2gl_tf.errors import UserError


def pixel(path, size=(2, 2)):
    return np.asarray(open_picture(path, size))[0, 0].tolist()


def bomb(path, side):
    """A PNG of a hundred bytes that claims side x side pixels."""

    def chunk(kind, body):
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "tiff", "webp", "ppm"])
def test_formats(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (8, 8), (255, 0, 0)).save(path)
    assert np.allclose(pixel(path), [255, 0, 0], atol=2)


def test_the_suffix_does_not_matter(tmp_path):
    path = tmp_path / "cover"
    Image.new("RGB", (8, 8), (0, 0, 255)).save(path, "PNG")
    assert pixel(path) == [0, 0, 255]


@pytest.mark.parametrize(("mode", "colour"), [("L", 90), ("1", 1), ("P", 3), ("I;16", 90)])
def test_other_modes_become_rgb(tmp_path, mode, colour):
    path = tmp_path / "a.png"
    Image.new(mode, (4, 4), colour).save(path)
    assert open_picture(path, (2, 2)).mode == "RGB"


def test_cmyk_jpeg(tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("CMYK", (64, 64), (0, 0, 0, 0)).save(path)
    assert np.allclose(pixel(path), 255, atol=2)


def test_transparent_is_white(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(path)
    assert pixel(path) == [255, 255, 255]


def test_transparent_palette_is_white(tmp_path):
    path = tmp_path / "a.gif"
    image = Image.new("P", (4, 4), 0)
    image.putpalette([255, 0, 0] + [0] * 765)
    image.save(path, transparency=0)
    assert pixel(path) == [255, 255, 255]


def test_photographs_are_turned_upright(tmp_path):
    path = tmp_path / "a.jpg"
    image = Image.new("RGB", (64, 64), (0, 0, 0))
    image.paste((255, 255, 255), (0, 0, 64, 32))
    exif = Image.Exif()
    exif[0x0112] = 3
    image.save(path, exif=exif, quality=95)
    # Turned by half, white is below.
    upright = np.asarray(open_picture(path, (2, 2)))
    assert (upright[0] < 20).all()
    assert (upright[1] > 235).all()


def test_pixels_are_averaged(tmp_path):
    path = tmp_path / "a.png"
    image = Image.new("RGB", (4, 2), (0, 0, 0))
    image.paste((200, 100, 50), (0, 0, 2, 1))
    image.save(path)
    assert np.asarray(open_picture(path, (2, 1))).tolist() == [[[100, 50, 25], [0, 0, 0]]]


def test_the_first_frame_counts(tmp_path):
    path = tmp_path / "a.gif"
    frames = [Image.new("RGB", (4, 4), colour) for colour in ((255, 0, 0), (0, 255, 0))]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert pixel(path) == [255, 0, 0]


def test_missing(tmp_path):
    with pytest.raises(UserError, match=r"none\.jpg: no such picture; restore it, or give --skip"):
        open_picture(tmp_path / "none.jpg", (2, 2))
    with pytest.raises(UserError, match="no such picture"):
        open_picture(tmp_path, (2, 2))


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\x89PNG"]
)
def test_foreign_files(tmp_path, content):
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.jpg: not a JPEG"):
        open_picture(path, (2, 2))


def test_postscript_is_not_interpreted(tmp_path):
    path = tmp_path / "a.eps"
    Image.new("RGB", (8, 8)).save(path)
    with pytest.raises(UserError, match=r"a\.eps: not a JPEG"):
        open_picture(path, (2, 2))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "tiff"])
def test_truncated_files(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=rf"a\.{suffix}: (damaged|not a)") as error:
        open_picture(path, (2, 2))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("side", [8001, 12000, 60000])
def test_decompression_bombs(tmp_path, side):
    path = tmp_path / "a.png"
    bomb(path, side)
    assert path.stat().st_size < 200
    with pytest.raises(UserError, match=r"a\.png: larger than 64 million pixels"):
        open_picture(path, (2, 2))
