"""What happens to the files below a directory, as the kernel tells it (inotify)."""

import ctypes
import os
import select
import struct
from pathlib import Path

_MODIFY, _CLOSE_WRITE, _MOVED_TO = 0x2, 0x8, 0x80
_CREATE, _DELETE, _IS_DIRECTORY = 0x100, 0x200, 0x40000000
_ALL = _MODIFY | _CLOSE_WRITE | _MOVED_TO | _CREATE | _DELETE
_HEAD = struct.Struct("iIII")


class FileEvents:
    """Counts creations, writes, renames and removals below a directory.

    Args:
      root: the directory; must exist. Directories that are made later are watched as they appear.
    """

    def __init__(self, root: Path):
        self._library = ctypes.CDLL(None, use_errno=True)
        self._handle = self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._paths: dict[int, Path] = {}
        self.recent: list[str] = []
        self._watch(root)

    def _watch(self, folder: Path) -> None:
        number = self._library.inotify_add_watch(self._handle, os.fsencode(folder), _ALL)
        if number < 0:
            return  # gone again
        self._paths[number] = folder
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                self._watch(Path(entry.path))

    def wait(self, timeout: float) -> int:
        """How many events there were, after the first of them or the timeout in seconds.

        Their files are `recent` then.
        """
        self.recent.clear()
        if not select.select([self._handle], [], [], timeout)[0]:
            return 0
        content, place, count = os.read(self._handle, 1 << 16), 0, 0
        while place < len(content):
            number, mask, _, length = _HEAD.unpack_from(content, place)
            place += _HEAD.size + length
            name = content[place - length : place].rstrip(b"\0").decode()
            folder = self._paths.get(number)
            if folder is None:
                continue
            count += 1
            self.recent.append(str(folder / name))
            if mask & _CREATE and mask & _IS_DIRECTORY:
                try:
                    self._watch(folder / name)
                except FileNotFoundError:
                    continue
        return count

    def close(self) -> None:
        """Ends all watches."""
        os.close(self._handle)
