"""One method in a process of its own, so that its peak memory is its own.

Run as a module with a folder and a method's name; it reads one command a line from standard input
and answers each with one line of JSON.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import IO, Any

from a2bm2gl_tf.benchmarks.task import NotMeasured, Peer, load_task
from a2bm2gl_tf.training.peak_memory import peak_memory_bytes


def time_epoch(peer: Peer, max_seconds: float) -> dict[str, Any]:
    """Times an epoch, or as much of it as `max_seconds` allows.

    Returns:
      "seconds" of a full epoch, "steps" done and "whole": where it is False, the rest of the epoch
      is taken to go at the mean pace of the steps done; what came before the first step (drawing
      samples, say) is counted once.
    """
    started = time.perf_counter()
    steps, first, now = 0, started, started
    for _ in peer.epoch():
        steps += 1
        now = time.perf_counter()
        if steps == 1:
            first = now
        if now - started > max_seconds and steps > 1:
            break
    whole = not peer.steps_per_epoch or steps == peer.steps_per_epoch
    if whole:
        now = time.perf_counter()
    seconds = now - started
    if not whole:
        seconds += (now - first) / (steps - 1) * (peer.steps_per_epoch - steps)
    return {"seconds": seconds, "steps": steps, "whole": whole}


def warm_up(peer: Peer, steps: int = 2) -> None:
    """Takes a few steps, which trace, compile and allocate; a one-piece epoch is left alone."""
    if not peer.steps_per_epoch:
        return
    for done, _ in enumerate(peer.epoch(), start=1):
        if done == steps:
            break


def serve(directory: Path, name: str, commands: IO[str], answers: IO[str]) -> None:
    """Answers commands until there are no more.

    Args:
      directory: holds the task and its `settings.json`.
      name: the method.
      commands: JSON lines: {"do": "build" | "epoch" | "evaluate", ...}.
      answers: receives one JSON line for each.
    """
    # Here, because what it imports must find the cores and threads already limited.
    from a2bm2gl_tf.benchmarks.registry import build_peer

    peer = None
    for line in commands:
        command = json.loads(line)
        try:
            if command["do"] == "build":
                settings = json.loads((directory / "settings.json").read_text(encoding="utf-8"))
                peer = build_peer(name, load_task(directory, settings))
                answer = {"steps_per_epoch": peer.steps_per_epoch, "note": peer.note}
                if command["warm_up"]:
                    warm_up(peer)
            elif command["do"] == "epoch":
                answer = time_epoch(peer, command["max_seconds"])
            else:
                started = time.perf_counter()
                recall = peer.recall(command["k"])
                answer = {"seconds": time.perf_counter() - started, "recall": recall}
            answer["peak_bytes"] = peak_memory_bytes()
        except NotMeasured as reason:
            answer = {"not_measured": str(reason)}
        except MemoryError:
            answer = {"not_measured": "out of memory"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def limit_cores(cores: int) -> None:
    """Holds this process and its thread pools to some cores; call before numerical imports."""
    if hasattr(os, "sched_setaffinity"):
        usable = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, usable[:cores])
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(cores)
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(cores)
    tf.config.threading.set_inter_op_parallelism_threads(cores)


def main(arguments: list[str]) -> None:
    """Takes over the process: `worker.py FOLDER METHOD CORES`."""
    directory, name, cores = Path(arguments[0]), arguments[1], int(arguments[2])
    # Libraries print on standard output; the answers get a copy of it that they do not know.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    limit_cores(cores)
    serve(directory, name, sys.stdin, answers)


if __name__ == "__main__":
    main(sys.argv[1:])
