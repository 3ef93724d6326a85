"""Importing libraries that write to standard error whatever their log level."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_import() -> Iterator[None]:
    """Keeps what is written to the process's standard error, and shows it only if the block raises.

    TensorFlow's C++ greets on the file descriptor before its log level counts; an error of one line
    should be one line.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with tempfile.TemporaryFile() as file:
            os.dup2(file.fileno(), 2)
            try:
                yield
            except BaseException:
                sys.stderr.flush()
                file.seek(0)
                os.write(kept, file.read())
                raise
            finally:
                sys.stderr.flush()
                os.dup2(kept, 2)
    finally:
        os.close(kept)
