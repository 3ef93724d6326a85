"""Valid files for readers, as what writes them makes them."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.fuzzing.case import Files


def files_of(folder: Path) -> Files:
    """All files below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def made_by_child(make: Callable[[Path], None]) -> list[Files]:
    """What a process of its own writes into a folder, one set of files a folder within.

    TensorFlow must not have run where children are forked.

    Args:
      make: is called with an empty folder.
    """
    with tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if not child:
            status = 1
            try:
                make(Path(folder))
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        return [files_of(inside) for inside in sorted(Path(folder).iterdir())]
