"""Clocks that jump by a year, within a run and between runs: nothing is decided by them."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.file_events import FileEvents
from tests.faults.forked_commands import Zygote
from tests.faults.killing import outcome

pytestmark = pytest.mark.slow

_YEAR = 365 * 24 * 3600
_LOOK = "import time; print(*(time.time() for _ in range(60)))"


@pytest.fixture(scope="module")
def jumping(tmp_path_factory):
    """The environment in which the time of day jumps."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("no C compiler to make the jumping clock with")
    library = tmp_path_factory.mktemp("clock") / "clock.so"
    source = Path(__file__).with_name("jumping_clock.c")
    line = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)]
    made = subprocess.run(line, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return ["env", f"LD_PRELOAD={library}"]


def test_the_clock_of_this_test_jumps(jumping):
    said = subprocess.run(
        [*jumping, sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True
    )
    times = list(map(float, said.stdout.split()))
    steps = [round((two - one) / _YEAR) for one, two in itertools.pairwise(times)]
    assert {-2, 1} <= set(steps)


def test_a_run_under_a_jumping_clock_is_the_same_and_its_durations_are_true(
    jumping, whole_run, short_run, tmp_path
):
    directory, log = tmp_path / "run", tmp_path / "log"
    directory.mkdir()
    flags = [*short_run, "--model=bpr_mf", f"--output_dir={directory}"]
    zygote, started, killed = Zygote(jumping), time.monotonic(), 0
    try:
        # Killed twice, and resumed by processes whose clocks begin at other years.
        for event in (60, 90, float("inf")):
            events = FileEvents(directory)
            status, _, _ = zygote.run(flags, log, events, event=event)
            events.close()
            killed += status == signal.SIGKILL
            for number, path in enumerate(sorted(directory.rglob("*"))):
                os.utime(path, times=(0, (number % 3) * 50 * _YEAR))
    finally:
        zygote.stop()
    assert (status, killed) == (0, 2), log.read_text()
    assert outcome(directory) == outcome(whole_run)
    most = time.monotonic() - started
    assert 0 < json.loads((directory / "result.json").read_text())["seconds"] < most
    for path in directory.rglob("metrics.jsonl"):
        records = map(json.loads, path.read_text().splitlines())
        train = [record for record in records if record["kind"] == "train"]
        for record in train:
            assert 0 < record["epoch_seconds"] < record["seconds"] + 0.01 < most
