"""What the manifest says of the files that were read: names without folders, sizes and hashes."""

import hashlib
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any

from a2bm2gl_tf.data.features.content import Content, Images
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.errors import UserError

_BLOCK = 2**20


def describe_inputs(
    root: Path, files: Iterable[Path], contents: Iterable[Content]
) -> list[dict[str, Any]]:
    """Name, bytes and SHA-256 of every input file, sorted by name.

    Names are relative to `root` where the file is in it, else bare. The pictures of one content,
    or the folder that it was read from, are one entry: its hash is that of the lines "hash name" of
    its sorted files.

    Args:
      root: the folder that was read, or the folder of the file.
      files: files that were read.
      contents: what was read of the items.

    Raises:
      UserError: if a file can no longer be read.
    """
    folders = {content.source: paths for content in contents if (paths := _members(content))}
    inside = {path for paths in folders.values() for path in paths}
    unique = sorted({Path(path) for path in files} - inside - set(folders))
    total = sum(_size(path) for path in (*unique, *inside))
    with progress_bar(total, "B", "hashing") as bar:
        described = [
            {"name": _relative(path, root), "bytes": _size(path), "sha256": _hash(path, bar)}
            for path in unique
        ]
        for source, paths in folders.items():
            lines = sorted(f"{_hash(path, bar)} {_relative(path, source)}\n" for path in set(paths))
            described.append(
                {
                    "name": source.name,
                    "files": len(lines),
                    "bytes": sum(_size(path) for path in set(paths)),
                    "sha256": hashlib.sha256("".join(lines).encode()).hexdigest(),
                }
            )
    return sorted(described, key=lambda entry: (entry["name"], entry["sha256"]))


def portable(value: Any) -> Any:
    """The same JSON value with every absolute path cut to its last part.

    So what is prepared on one machine does not differ from what is prepared on another by the
    folders that people keep their files in.
    """
    if isinstance(value, dict):
        return {name: portable(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [portable(entry) for entry in value]
    if isinstance(value, PurePath):
        return value.name
    if isinstance(value, str):
        before, colon, path = value.partition(":")
        if colon and ("/" in path or "\\" in path):
            return f"{before}:{PurePath(path).name}"
        if value.startswith("/"):
            return PurePath(value).name
    return value


def _members(content: Content) -> tuple[Path, ...]:
    """The files of a content that is spread over many; none where it is one file."""
    if isinstance(content, Images):
        return content.paths
    if content.source.is_dir():
        return tuple(path for path in content.source.iterdir() if path.is_file())
    return ()


def _relative(path: Path, root: Path) -> str:
    path, root = path.absolute(), root.absolute()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; make it readable") from error


def _hash(path: Path, bar: Any) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                bar.update(len(block))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; make it readable") from error
    return digest.hexdigest()
