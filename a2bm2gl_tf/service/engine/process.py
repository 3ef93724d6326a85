"""The process that runs TensorFlow: it loads one export and answers until the parent hangs up.

A reload starts another such process and ends this one. All memory of an export is given back that
way (loading into one process again and again keeps some megabytes each time), loading does not hold
the lock of the Python that answers requests, and an export that crashes TensorFlow takes nothing
with it.
"""

import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydantic

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.service import frames
from a2bm2gl_tf.service.settings import EngineSettings

_LOG = logging.getLogger(__name__)

_LOWEST_NICENESS = 19


class EngineOrder(pydantic.BaseModel):
    """The first message to an engine.

    Attributes:
      path: the export to load.
      settings: how to serve it.
      in_background: whether loading gives way to everything else on the machine.
    """

    path: Path
    settings: EngineSettings
    in_background: bool


def run(file_descriptor: int) -> None:
    """Loads what the first message names, reports how that went, and answers messages.

    The first reply is b"ready" with an `ExportDescription` as JSON, or b"refused" with one line.

    Args:
      file_descriptor: of the socket that the parent holds the other end of.
    """
    # A termination signal to the group of processes is for the parent, which ends requests first.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s engine: %(message)s")
    started = time.monotonic()
    with socket.socket(fileno=file_descriptor) as connection:
        first = frames.receive(connection)
        if first is None:
            return
        order = EngineOrder.model_validate_json(first[0])
        try:
            export = _load(order, started)
        except UserError as error:
            connection.sendall(frames.pack([b"refused", str(error).encode()]))
            return
        connection.sendall(frames.pack([b"ready", export.description.model_dump_json().encode()]))
        # What was made until here stays: a collection needn't walk through all of TensorFlow.
        gc.collect()
        gc.freeze()
        _answer(connection, export, order)
    # Nothing is left to save, and tearing TensorFlow down takes longer than ending.
    sys.stderr.flush()
    os._exit(0)


def _load(order: EngineOrder, started: float) -> Any:
    run_here = _at_lowest_priority if order.in_background else _call
    tf = run_here(_import_tensorflow)
    # Threads inherit the priority of the thread that makes them, and an unprivileged process can
    # only ever lower it: TensorFlow's pools are made here, at the normal one.
    tf.config.threading.set_intra_op_parallelism_threads(order.settings.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.set_visible_devices([], "GPU")
    tf.constant(0)

    def load() -> Any:
        from a2bm2gl_tf.service.engine.loaded_export import LoadedExport, check_export

        export = LoadedExport(order.path, started)
        if order.settings.retrieval == "faiss":
            from a2bm2gl_tf.service.engine.approximate import with_approximate_lists

            with_approximate_lists(export, order.settings)
        check_export(export)
        export.description.load_seconds = time.monotonic() - started
        return export

    return run_here(load)


def _answer(connection: socket.socket, export: Any, order: EngineOrder) -> None:
    from a2bm2gl_tf.service.engine.answering import answer_message

    while (parts := frames.receive(connection)) is not None:
        answers = answer_message(parts, export, order.settings.limits)
        try:
            connection.sendall(frames.pack(answers))
        except ConnectionError:
            return


def _import_tensorflow() -> Any:
    import tensorflow as tf

    # Everything else that takes long to import, for the same reason.
    import a2bm2gl_tf.service.engine.loaded_export  # noqa: F401

    return tf


def _call(work: Callable[[], Any]) -> Any:
    return work()


def _give_way() -> None:
    """Has the present thread, and threads that it makes, run when nothing else wants to."""
    thread = threading.get_native_id()
    if hasattr(os, "SCHED_IDLE"):
        # Unlike the lowest nice value, this is preempted the moment that another thread wakes up.
        os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.setpriority(os.PRIO_PROCESS, thread, _LOWEST_NICENESS)


def _at_lowest_priority(work: Callable[[], Any]) -> Any:
    """Runs `work` in a thread that the scheduler prefers every other one to."""
    outcome: dict[str, Any] = {}

    def run_work() -> None:
        _give_way()
        try:
            outcome["value"] = work()
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=run_work, name="loader")
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]
