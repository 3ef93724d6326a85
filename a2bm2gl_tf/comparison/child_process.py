"""A process that runs fits for another: born with a log, deaf to Ctrl-C, ended with its parent."""

import contextlib
import errno
import logging
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import UserError, reason_of

_FULL = os.strerror(errno.ENOSPC)


def start_child(serve: Callable[[Connection], None], log: Path) -> tuple[BaseProcess, Connection]:
    """Starts a process whose output goes to a log.

    Must be called by the main thread, which signals belong to.

    Args:
      serve: a function of a module, called there with the child's end of a pipe; it is to work
        within `serving`.
      log: appended to; its folder is created, and its stem is the name of the process.

    Returns:
      The process and this end of the pipe.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    # TensorFlow's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), name=log.stem, daemon=True)
    with _inherited(log):
        process.start()
    theirs.close()
    return process, ours


@contextlib.contextmanager
def _inherited(log: Path) -> Iterator[None]:
    """Within, a new process is born with its output in a log and deaf to Ctrl-C.

    Ctrl-C reaches every process of the terminal; this one waits to be told by its parent. Its
    imports already print, so its output cannot wait until it is asked to redirect it.
    """
    answer = signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout.flush()
    sys.stderr.flush()
    own = [(number, os.dup(number)) for number in (1, 2)]
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        for number, _ in own:
            os.dup2(handle, number)
        yield
    finally:
        for number, saved in own:
            os.dup2(saved, number)
            os.close(saved)
        os.close(handle)
        signal.signal(signal.SIGINT, answer)


def reason_of_death(code: int, log: Path) -> str:
    """Why a process ended, by its exit code, in words."""
    if code == -signal.SIGKILL:
        return "its process was killed, most likely for want of memory"
    if code < 0:
        return f"its process died of {signal.Signals(-code).name}; see logs/{log.name}"
    return f"its process ended with status {code}; see logs/{log.name}"


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """Within, this process is a child that answers its parent, until that is gone or says stop."""
    os.setpgrp()
    _end_with_parent()
    logger = logging.getLogger("a2bm2gl_tf")
    logger.handlers = [logging.StreamHandler(sys.stderr)]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(EOFError, KeyboardInterrupt, ConnectionError):
        yield


def answer_of(run: Callable[..., Any], *arguments: Any) -> tuple[str, Any]:
    """Calls a function and says what it came to.

    Returns:
      ("done", what it returned), ("failed", the reason in one line) or ("full", the reason) where
      the disk is, which is not the fault of what was run.
    """
    try:
        return "done", run(*arguments)
    except UserError as error:
        return "failed", str(error)
    except MemoryError:
        return "failed", "out of memory"
    # Whatever a method does wrong is its own row's matter; the log has all of it.
    except Exception as error:
        traceback.print_exc()
        if _FULL in str(error):
            return "full", _FULL
        if type(error).__name__ == "ResourceExhaustedError":
            return "failed", "out of memory"
        return "failed", f"{type(error).__name__}: {reason_of(error)}"


def _end_with_parent() -> None:
    """Ends this process as soon as its parent is gone, killed or not: nobody waits for it."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
