"""NumPy's .npz archives, read without ever unpickling; claimed sizes are checked first."""

import io
import math
import zipfile
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.reading.arrays import read_header
from a2bm2gl_tf.data.reading.columns import repeated
from a2bm2gl_tf.data.reading.paths import require_file
from a2bm2gl_tf.errors import UserError

# Arrays of numbers hardly shrink more than this, and small ones may do what they like.
_LARGEST_RATIO = 200
_SMALL = 1 << 26
_LARGEST = 1 << 33


def load_array_archive(path: Path) -> dict[str, np.ndarray]:
    """Reads a .npz archive, compressed or not.

    Args:
      path: the file.

    Returns:
      Name -> array of numbers, truth values or text of fixed length.

    Raises:
      UserError: if it is missing, truncated, no archive of .npy files, holds Python objects, or a
        member claims a size that does not fit its header or the bytes that it takes in the file.
    """
    require_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_sizes(path, members)
            return {
                member.filename.removesuffix(".npy"): _read_member(path, archive, member)
                for member in members
            }
    except UserError:
        raise
    except PermissionError as error:
        raise UserError(f"{path}: {error.strerror}; make it readable") from error
    except Exception as error:
        # A damaged archive can fail in any way that its fields can be misread.
        raise UserError(f"{path}: truncated or not a .npz file; download it again") from error


def _check_sizes(path: Path, members: list[zipfile.ZipInfo]) -> None:
    claimed, size = sum(member.file_size for member in members), path.stat().st_size
    # What is not compressed takes no more than the file, however large that is.
    if claimed > max(_SMALL, size, min(_LARGEST, _LARGEST_RATIO * size)):
        raise UserError(
            f"{path}: claims to hold {claimed} bytes, too many for a file of {size}; "
            "save the arrays with numpy.savez, or as .npy files"
        )
    names = [member.filename for member in members]
    again = repeated(names)
    for name in names:
        if not name.endswith(".npy") or name == again:
            raise UserError(
                f"{path}: holds {name[:80]!r}, which is no array or there twice; "
                "save it with numpy.savez"
            )


def _read_member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    file = io.BytesIO(archive.read(member))
    name = member.filename.removesuffix(".npy")
    shape, by_columns, dtype = read_header(file, path)
    if dtype.hasobject:
        raise UserError(
            f"{path}: array {name} holds Python objects, which could run code; "
            "save plain numbers or text of fixed length"
        )
    rest = member.file_size - file.tell()
    if math.prod(shape) * dtype.itemsize != rest:
        raise UserError(
            f"{path}: array {name} claims {dtype} of shape {shape}, but {rest} bytes follow; "
            "save it again"
        )
    values = np.frombuffer(file.getbuffer()[file.tell() :], dtype) if rest else np.empty(0, dtype)
    return np.array(values.reshape(shape, order="F" if by_columns else "C"))
