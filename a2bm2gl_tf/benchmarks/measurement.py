"""Methods measured in turn, A B C A B C, each in a process that lives through all rounds."""

import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from a2bm2gl_tf.benchmarks.registry import METHODS
from a2bm2gl_tf.benchmarks.task import Task, save_task
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.errors import UserError

_ROOT = Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Measurement:
    """What was measured of one method; lists have one entry a round.

    Attributes:
      method: name in `METHODS`.
      steps_per_epoch: 0 where it trains in one piece.
      epoch_seconds: of a full epoch.
      whole: whether every epoch was run to its end; otherwise some were extrapolated.
      evaluation_seconds: of all users that have a test item.
      recall: of the last round, or None.
      peak_bytes: the most memory of its process.
      note: what must be said beside the numbers.
      not_measured: why there are none, or "".
    """

    method: str
    steps_per_epoch: int = 0
    epoch_seconds: list[float] = dataclasses.field(default_factory=list)
    whole: bool = True
    evaluation_seconds: list[float] = dataclasses.field(default_factory=list)
    recall: float | None = None
    peak_bytes: int = 0
    note: str = ""
    not_measured: str = ""

    @property
    def epoch(self) -> float | None:
        """Median seconds of an epoch."""
        return statistics.median(self.epoch_seconds) if self.epoch_seconds else None

    @property
    def evaluation(self) -> float | None:
        """Median seconds of an evaluation."""
        return statistics.median(self.evaluation_seconds) if self.evaluation_seconds else None


def median_ratio(others: Sequence[float], ours: Sequence[float]) -> float | None:
    """The median over rounds of the other's time over ours in the same round."""
    ratios = [other / own for other, own in zip(others, ours, strict=False)]
    return statistics.median(ratios) if ratios else None


def measure(
    task: Task,
    methods: Sequence[str],
    rounds: int,
    max_seconds: float,
    k: int = 20,
    evaluate: bool = True,
) -> list[Measurement]:
    """Builds and warms up every method, then lets each do an epoch and an evaluation a round.

    Only one process works at a time; the others wait for their turn.

    Args:
      task: the work.
      methods: names in `METHODS`; the order of the turns.
      rounds: turns of each.
      max_seconds: an epoch is broken off after so long and extrapolated from its steps.
      k: cut-off of the recall.
      evaluate: whether evaluation is measured too.

    Returns:
      One entry a method, in the same order.

    Raises:
      UserError: a method's process died; its own words are on standard error.
    """
    results = [Measurement(method) for method in methods]
    bar = progress_bar(len(methods) * (rounds + 1), "turn", "measuring")
    with tempfile.TemporaryDirectory(prefix="a2bm2gl-benchmark-") as folder, bar:
        directory = Path(folder)
        save_task(task, directory)
        settings = dataclasses.asdict(task)
        del settings["train"], settings["test"]
        (directory / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        workers: dict[str, _Worker] = {}
        try:
            for result in results:
                bar.set_postfix_str(result.method)
                worker = _Worker(directory, result.method, task.cores)
                workers[result.method] = worker
                answer = worker.ask(do="build", warm_up=METHODS[result.method].trains)
                if _settle(result, answer):
                    worker.stop()
                result.steps_per_epoch = answer.get("steps_per_epoch", 0)
                result.note = answer.get("note", "")
                bar.update()
            for _ in range(rounds):
                for result in results:
                    bar.set_postfix_str(result.method)
                    if not result.not_measured:
                        _turn(result, workers[result.method], max_seconds, k, evaluate)
                    bar.update()
        finally:
            for worker in workers.values():
                worker.stop()
    return results


def _turn(
    result: Measurement, worker: "_Worker", max_seconds: float, k: int, evaluate: bool
) -> None:
    if METHODS[result.method].trains:
        answer = worker.ask(do="epoch", max_seconds=max_seconds)
        if _settle(result, answer):
            return
        result.epoch_seconds.append(answer["seconds"])
        result.whole &= answer["whole"]
    if evaluate:
        answer = worker.ask(do="evaluate", k=k)
        if _settle(result, answer):
            return
        result.evaluation_seconds.append(answer["seconds"])
        result.recall = answer["recall"]


def _settle(result: Measurement, answer: dict[str, Any]) -> bool:
    result.not_measured = answer.get("not_measured", "")
    result.peak_bytes = max(result.peak_bytes, answer.get("peak_bytes", 0))
    return bool(result.not_measured)


class _Worker:
    """The process of one method."""

    def __init__(self, directory: Path, method: str, cores: int):
        self._method = method
        path = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = os.environ | {
            "PYTHONPATH": path,
            "CUDA_VISIBLE_DEVICES": "",  # peers are compared on the same cores
            "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2"),
            **{f"{name}_NUM_THREADS": str(cores) for name in ("OMP", "OPENBLAS", "MKL")},
        }
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "a2bm2gl_tf.benchmarks.worker",
                directory,
                method,
                str(cores),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment,
        )

    def ask(self, **command: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer."""
        line = ""
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            pass
        if not line:
            self._process.wait()
            raise UserError(
                f"{self._method}: its process ended with status {self._process.returncode}; "
                "see above, or leave it out of --methods"
            )
        return json.loads(line)

    def stop(self) -> None:
        """Ends the process."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
