"""Files and folders that the user names must be there before they are opened."""

from pathlib import Path

from a2bm2gl_tf.errors import UserError


def require_file(path: Path) -> Path:
    """Returns `path` if it is a file that holds something.

    Raises:
      UserError: if it is missing, a folder, or empty.
    """
    if path.is_dir():
        raise UserError(f"{path}: is a folder where a file is needed; give the dataset's own file")
    if not path.is_file():
        raise UserError(f"{path}: no such file; check the path")
    if path.stat().st_size == 0:
        raise UserError(f"{path}: the file is empty; download it again")
    return path


def require_directory(path: Path, flag: str) -> Path:
    """Returns `path` if it is a folder.

    Raises:
      UserError: naming `flag`, if it is missing or a file.
    """
    if not path.exists():
        raise UserError(f"--{flag}={path}: no such folder; give the one that holds the files")
    if not path.is_dir():
        raise UserError(f"--{flag}={path}: is a file; give the folder that holds it")
    return path
