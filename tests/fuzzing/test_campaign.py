"""The fuzzing itself: every kind of finding is found, and a few cases of every reader hold none."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from a2bm2gl_tf.errors import UserError
from tests.fuzzing.campaign import Reader, make_case, run_reader
from tests.fuzzing.readers import all_readers

_CASES = int(os.environ.get("A2BM2GL_FUZZ_CASES", "15"))
# Their cases take longer than those of the rest together; the slow test has them.
_LONG = {
    *("estimator", "prepare", "comparison_store", "study_journal", "flagfile", "format_kwai"),
    *("directory", "checkpoints", "run", "warm_start", "export"),
}

# Their children run TensorFlow, if only to make what is damaged.
_RUNS_TENSORFLOW = {
    *("estimator", "prepare", "directory"),
    *("checkpoint_index", "checkpoints", "run", "warm_start", "export"),
}
_ROOT = Path(__file__).resolve().parents[2]


def _write_elsewhere(folder):
    (folder.parents[1] / "elsewhere").write_text("x")


def _hide_a_call(folder):
    try:
        os.system("true")
    except Exception:
        raise UserError("cannot be read") from None


def _take_memory(folder):
    try:
        np.ones(1 << 36)
    except MemoryError as error:
        raise UserError("too large") from error


def _misread(folder):
    assert (folder / "a.txt").read_bytes() == b"never this"


class _TwoLinesError(Exception):
    pass


def _two_lines(folder):
    raise _TwoLinesError("one\ntwo")


@pytest.mark.parametrize(
    ("read", "kind", "place"),
    [
        (lambda folder: 1 / 0, "traceback", "ZeroDivisionError at test_campaign.py"),
        (_misread, "traceback", "AssertionError at test_campaign.py"),
        (_hide_a_call, "intrusion", "os.system"),
        (lambda folder: eval("1 + 1"), "intrusion", "exec of <string>"),
        (_write_elsewhere, "intrusion", "elsewhere' for writing"),
        (_take_memory, "memory", "UserError"),
        (lambda folder: os.abort(), "crash", "ended with -6"),
        (lambda folder: time.sleep(60), "hang", "more than 0.5 s"),
        (_two_lines, "message", "several lines"),
    ],
)
def test_what_must_not_happen_is_found(read, kind, place):
    reader = Reader("planted", lambda: [{"a.txt": b"1 2\n"}], read, (UserError, _TwoLinesError))
    # The reader is warmed up on its seeds first, where only the guard's own findings pass.
    warm = Reader("planted", reader.seeds, _second_time(read), reader.refusals)
    outcome = run_reader(warm, cases=2, seconds_a_case=0.5)
    assert (outcome.cases, outcome.failed) == (2, 2)
    (found,) = {(finding.kind, finding.place) for finding in outcome.findings.values()}
    assert found[0] == kind
    assert place in found[1]


def _second_time(read):
    calls = []

    def again(folder):
        calls.append(folder)
        if len(calls) > 1:
            read(folder)

    return again


def test_accepted_and_refused_are_counted():
    def read(folder):
        if len((folder / "a.txt").read_bytes()) % 2:
            raise UserError("odd")

    reader = Reader("planted", lambda: [{"a.txt": b"1 2 3 4\n" * 9}], read)
    outcome = run_reader(reader, cases=40)
    assert outcome.cases == 40
    assert outcome.accepted + outcome.refused == 40
    assert min(outcome.accepted, outcome.refused) > 5


def test_a_case_can_be_made_again():
    reader = all_readers()["torch_file"]
    seeds = reader.seeds()
    made = [make_case(reader, seeds, 3, case) for case in range(20)]
    assert made == [make_case(reader, reader.seeds(), 3, case) for case in range(20)]
    assert made != [make_case(reader, seeds, 4, case) for case in range(20)]


def _check(name, cases, start):
    if name in _RUNS_TENSORFLOW:
        _check_in_a_fresh_process(name, cases, start)
        return
    outcome = run_reader(all_readers()[name], cases, seed=1, start=start)
    assert outcome.cases == cases
    assert outcome.findings == {}


def _check_in_a_fresh_process(name, cases, start):
    """Where TensorFlow has run before, as it may have here, a forked child that runs it hangs."""
    line = [sys.executable, "-m", "tests.fuzzing", f"--reader={name}", f"--cases={cases}"]
    line += ["--seed=1", f"--start={start}"]
    ended = subprocess.run(
        line, cwd=_ROOT, capture_output=True, text=True, check=False, timeout=500
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1].split()[:2] == [name, str(cases)]


@pytest.mark.parametrize("name", sorted(set(all_readers()) - _LONG))
def test_a_few_cases_of_every_reader(name):
    _check(name, _CASES, 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(all_readers()))
def test_more_cases_of_every_reader(name):
    _check(name, 20 * _CASES if name not in _LONG else 5 * _CASES, _CASES)
