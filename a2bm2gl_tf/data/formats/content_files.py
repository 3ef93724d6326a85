"""Content of items in a file of the user's own, one modality a file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Content
from a2bm2gl_tf.data.features.image_folder import read_image_folder
from a2bm2gl_tf.data.features.vector_folder import read_vector_folder
from a2bm2gl_tf.data.formats.content_arrays import read_npy, read_npz, read_pt
from a2bm2gl_tf.data.formats.content_tables import read_table
from a2bm2gl_tf.errors import UserError

_KINDS = ("vectors", "texts", "categories", "numbers", "images")
_MARK = "#"
_ARRAYS: dict[str, Callable[[str, Path, np.ndarray], Content]] = {
    ".npy": read_npy,
    ".npz": read_npz,
    ".pt": read_pt,
    ".pth": read_pt,
}
_TABLES = (".csv", ".tsv", ".tab", ".parquet", ".pq")


def read_content(
    name: str,
    path: Path,
    kind: str | None = None,
    id_column: str | None = None,
    *,
    catalogue: np.ndarray,
) -> Content:
    """Reads one modality from a file or folder, by its ending.

    | Path | Holds |
    |---|---|
    | `.npy` | vectors (V, f) in ascending order of the ids, or of `NAME_ids.npy` beside it |
    | `.npz`, `.pt`, `.pth` | vectors `features` and, where not of the whole catalogue, `ids` |
    | `.csv`, `.tsv`, `.tab`, `.parquet`, `.pq` | a column of ids; numbers, a text or categories |
    | such a table `#COLUMN` | the same, of that column alone |
    | folder | a picture or a `.npy` vector an item, named by its id |

    Args:
      name: name of the modality.
      path: the file or folder; a file whose own name holds "#" is taken as it is.
      kind: "vectors", "texts", "categories", "numbers" or "images"; None tells it from the file.
      id_column: column of item ids (tables); None looks for a usual name.
      catalogue: (V,) item ids of the interactions, ascending, int64 or object of str.

    Returns:
      The content, its ids of the catalogue's dtype; items outside the catalogue are kept where the
      file has ids.

    Raises:
      UserError: in one line that names the file and, where it is one, the row, or the flag.
    """
    if kind is not None and kind not in _KINDS:
        raise UserError(f"--content_kind={name}={kind}: unknown; choose one of {', '.join(_KINDS)}")
    path, column = _part_column(path)
    if not path.exists():
        raise UserError(f"--content={name}={path}: no such file or folder; check the path")
    ending = path.suffix.lower()
    if ending in _TABLES and not path.is_dir():
        if kind == "images":
            raise _impossible(name, path, kind, "a table")
        return read_table(name, path, catalogue, kind, id_column, column)
    if column is not None:
        raise UserError(
            f"--content={name}={path}{_MARK}{column}: {path} has no columns; "
            f"leave {_MARK}{column} out"
        )
    if id_column is not None:
        raise UserError(
            f"--content_id_column={name}={id_column}: {path} has no columns; leave the flag out"
        )
    if path.is_dir():
        return _read_folder(name, path, kind, catalogue)
    if ending not in _ARRAYS:
        raise UserError(
            f"--content={name}={path}: cannot tell what it holds; give a folder or a file that "
            f"ends in {', '.join((*_ARRAYS, *_TABLES))}"
        )
    if kind not in (None, "vectors"):
        raise _impossible(name, path, kind, "an array")
    return _ARRAYS[ending](name, path, catalogue)


def _part_column(path: Path) -> tuple[Path, str | None]:
    """A path and, unless it exists as it is, the column after the last "#" that leaves a file."""
    text = str(path)
    end = len(text)
    while not path.exists() and (end := text.rfind(_MARK, 0, end)) > 0:
        if Path(text[:end]).exists():
            return Path(text[:end]), text[end + 1 :]
    return path, None


def _read_folder(name: str, path: Path, kind: str | None, catalogue: np.ndarray) -> Content:
    if kind in ("texts", "categories", "numbers"):
        raise _impossible(name, path, kind, "a folder")
    if kind is None:
        kind = "vectors" if any(path.glob("*.npy")) else "images"
    if kind == "images":
        return read_image_folder(name, path, catalogue)
    return read_vector_folder(name, path, catalogue)[0]


def _impossible(name: str, path: Path, kind: str, thing: str) -> UserError:
    return UserError(
        f"--content_kind={name}={kind}: {path} is {thing}, which cannot hold {kind}; "
        "leave the flag out or give another file"
    )
