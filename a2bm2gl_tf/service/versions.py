"""Which exports a directory holds, newest first."""

import dataclasses
import os
from pathlib import Path

from a2bm2gl_tf.errors import UserError

_MODEL = "saved_model.pb"
_INDEX = "variables/variables.index"
_SHARD = "variables/variables.data-"


@dataclasses.dataclass(frozen=True)
class ExportVersion:
    """A complete export on disk.

    Attributes:
      path: its directory.
      fingerprint: name, size, time of change and inode of every file: another export at the same
        path has another one, and so has one that is still being copied.
    """

    path: Path
    fingerprint: tuple[tuple[str, int, int, int], ...]

    @property
    def name(self) -> str:
        """The directory's name."""
        return self.path.name


def find_versions(export_dir: Path) -> list[ExportVersion]:
    """Complete exports, newest first.

    `export_dir` is one export, or it holds versions in directories as TensorFlow Serving lays them
    out, `export_dir/1`, `export_dir/2`: the highest number is the newest. Directories with other
    names come after the numbered ones, the one written last first. Hidden ones are left alone: an
    export that is being written is one.

    Args:
      export_dir: where to look.

    Returns:
      Those with saved_model.pb, an index of variables and as many of their files as the names of
      these say there are.

    Raises:
      UserError: `export_dir` is no directory.
    """
    directory = Path(export_dir).resolve()
    if not directory.is_dir():
        raise UserError(f"{export_dir} is not a directory: give an export as --export_dir")
    if (directory / _MODEL).is_file():
        found = [_version(directory)]
    else:
        found = [
            _version(entry)
            for entry in directory.iterdir()
            if not entry.name.startswith(".") and entry.is_dir()
        ]
    return sorted((version for version in found if version), key=_age, reverse=True)


def _version(path: Path) -> ExportVersion | None:
    try:
        fingerprint = tuple(sorted(_facts(path)))
    except OSError:
        # A file went away while we looked: somebody is at work here, and we look again later.
        return None
    names = {name for name, *_ in fingerprint}
    shards = [name for name in names if name.startswith(_SHARD)]
    complete = (
        _MODEL in names
        and _INDEX in names
        and bool(shards)
        and all(shard.rpartition("-")[2].lstrip("0") == str(len(shards)) for shard in shards)
    )
    return ExportVersion(path, fingerprint) if complete else None


def _facts(path: Path) -> list[tuple[str, int, int, int]]:
    facts = []
    for folder, _, files in os.walk(path):
        for file in files:
            status = os.stat(os.path.join(folder, file))
            name = Path(folder, file).relative_to(path).as_posix()
            facts.append((name, status.st_size, status.st_mtime_ns, status.st_ino))
    return facts


def _age(version: ExportVersion) -> tuple[int, int, str]:
    # ASCII digits alone: int() takes other scripts' too.
    if version.name.isascii() and version.name.isdigit():
        return 1, int(version.name[:4000]), version.name
    written = max(changed for name, _, changed, _ in version.fingerprint if name == _MODEL)
    return 0, written, version.name
