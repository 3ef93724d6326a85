"""A process that has imported what the commands need and forks one run after the other.

Reads one JSON line a run, {"command": "train", "flags": [...], "log": PATH}; answers "pid N" and,
once that process is gone, "end STATUS", the status as `os.waitpid` gives it. TensorFlow must start
in the child alone: its threads do not survive a fork. With one thread for every library there is no
other thread.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
from pathlib import Path

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
}


def main() -> None:
    """Answers requests until standard input ends."""
    os.environ.update(_ONE_THREAD)
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    importlib.import_module("a2bm2gl_tf.commands.train")
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        sys.exit(f"{threads} threads after the imports; a fork would lose all but one")
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            _become(request)
        print(f"pid {child}", flush=True)
        _, status = os.waitpid(child, 0)
        print(f"end {status}", flush=True)


def _become(request: dict) -> None:
    """Lets a forked process be a command of its own; does not return."""
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = [f"{request['command']}.py", *request["flags"]]
    from a2bm2gl_tf.commands.command_line import run

    status = 1
    try:
        command = importlib.import_module(f"a2bm2gl_tf.commands.{request['command']}")
        run(command.main, command.define_flags, resumable=request["command"] == "train")
        status = 0
    except SystemExit as ended:
        status = ended.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
