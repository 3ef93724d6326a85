"""Cases of one reader, run in forked children, so that a crash or a hang is one finding of many.

Case i of a reader is made from (seed, reader, i) alone and can be made again at any time.
"""

import contextlib
import dataclasses
import faulthandler
import json
import multiprocessing
import os
import random
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import UserError
from tests.fuzzing.case import Files
from tests.fuzzing.guard import GIB, Guard, IntrusionError, limit_memory, peak_memory
from tests.fuzzing.mutation import mutate

ACCEPTED, REFUSED, FINDING = "accepted", "refused", "finding"
SECONDS_A_CASE = 20.0
# A child first reads the valid files, which imports and compiles what readers need.
_SECONDS_TO_WARM_UP = 120.0
# Beyond what the child had when it began; address space is more than what is used of it.
MEMORY_A_CASE = GIB
_ADDRESSES = 6 * GIB
_LONGEST_LINE = 3000
_CASES_A_CHILD = 2000


@dataclasses.dataclass(frozen=True)
class Reader:
    """Something that reads files.

    Attributes:
      name: for the command line and the table.
      seeds: makes valid files; each set is accepted.
      read: reads the files of a folder, and checks of what it accepts that it is what it should be.
      refusals: exceptions that say in one line what is wrong.
    """

    name: str
    seeds: Callable[[], list[Files]]
    read: Callable[[Path], Any]
    refusals: tuple[type[Exception], ...] = (UserError,)


@dataclasses.dataclass(frozen=True)
class Finding:
    """What must not happen.

    Attributes:
      case: its number.
      kind: "traceback", "hang", "crash", "memory", "intrusion", "message"; or "harness", which is
        a mistake of the fuzzing itself.
      place: what tells it from others: exception and line of the package, say.
    """

    case: int
    kind: str
    place: str


@dataclasses.dataclass
class Outcome:
    """What a campaign on one reader came to; `findings` has the first case of each place."""

    reader: str
    cases: int = 0
    accepted: int = 0
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0
    findings: dict[tuple[str, str], Finding] = dataclasses.field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Counts a case that ended in a finding."""
        self.failed += 1
        self.findings.setdefault((finding.kind, finding.place), finding)


def make_case(reader: Reader, seeds: list[Files], seed: int, case: int) -> Files:
    """The files of a case."""
    return mutate(seeds, random.Random(f"{seed}/{reader.name}/{case}"))


def write_case(folder: Path, files: Files) -> None:
    """Writes the files of a case into an empty folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def run_reader(
    reader: Reader,
    cases: int,
    seed: int = 0,
    start: int = 0,
    seconds_a_case: float = SECONDS_A_CASE,
    progress: Callable[[int], Any] = lambda done: None,
) -> Outcome:
    """Runs cases `start` to `start + cases - 1` of a reader."""
    outcome = Outcome(reader.name)
    began = time.monotonic()
    seeds = reader.seeds()
    end, at = start + cases, start
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_fast_folder()) as room:
        while at < end:
            at = _run_child(
                reader,
                seeds,
                seed,
                (at, min(end, at + _CASES_A_CHILD)),
                Path(room),
                outcome,
                seconds_a_case,
                progress,
            )
    outcome.seconds = time.monotonic() - began
    return outcome


def _fast_folder() -> str | None:
    """A folder in memory, where there is one: a case is a few small files for an instant."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _run_child(
    reader: Reader,
    seeds: list[Files],
    seed: int,
    cases: tuple[int, int],
    room: Path,
    outcome: Outcome,
    seconds_a_case: float,
    progress: Callable[[int], Any],
) -> int:
    """Has a child run cases; returns the one to go on with."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_serve, args=(theirs, reader, seeds, seed, cases, room))
    child.start()
    theirs.close()
    at, kind, place = cases[0], "", None
    try:
        if ours.poll(_SECONDS_TO_WARM_UP):
            ours.recv_bytes()
        while at < cases[1]:
            if not ours.poll(seconds_a_case):
                child.kill()
                outcome.add(Finding(at, "hang", f"more than {seconds_a_case:g} s"))
                break
            kind, place = json.loads(ours.recv_bytes())
            if kind == FINDING:
                outcome.add(Finding(at, *place))
            elif kind == ACCEPTED:
                outcome.accepted += 1
            else:
                outcome.refused += 1
            at, outcome.cases = at + 1, outcome.cases + 1
            progress(1)
            if kind == FINDING and place[0] == "memory":
                break
        else:
            return at
    except EOFError:
        child.join()
        outcome.add(Finding(at, "crash", f"the process ended with {child.exitcode}"))
    else:
        if kind == FINDING and place[0] == "memory":
            return at
    finally:
        ours.close()
        child.kill()
        child.join()
    outcome.cases += 1
    progress(1)
    return at + 1


def _serve(
    connection: Connection,
    reader: Reader,
    seeds: list[Files],
    seed: int,
    cases: tuple[int, int],
    room: Path,
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    faulthandler.disable()
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    trap = Path(tempfile.mkdtemp(dir=room))
    os.chdir(trap)
    with contextlib.suppress(Exception):
        for files in seeds:
            with _folder(room, files) as folder:
                reader.read(folder)
    guard = Guard((room,))
    limit_memory(_ADDRESSES)
    connection.send_bytes(b"ready")
    for case in range(*cases):
        try:
            files = make_case(reader, seeds, seed, case)
        except Exception as error:
            files, answer = None, (FINDING, ("harness", _place(error)))
        if files is not None:
            answer = run_case(reader, files, room, guard)
        if any(trap.iterdir()):
            answer = (FINDING, ("intrusion", "a file turned up in the working directory"))
        connection.send_bytes(json.dumps(answer).encode())
    connection.close()


def run_case(reader: Reader, files: Files, room: Path, guard: Guard) -> tuple[str, Any]:
    """Reads the files of a case and says what came of it: (`FINDING`, (kind, place)), say."""
    before = peak_memory()
    error: BaseException | None = None
    with _folder(room, files) as folder, guard.watching():
        try:
            reader.read(folder)
        except BaseException as raised:
            error = raised
    if guard.seen:
        return FINDING, ("intrusion", guard.seen[0])
    if isinstance(error, KeyboardInterrupt | IntrusionError):
        raise error
    if peak_memory() - before > MEMORY_A_CASE or _ran_out(error):
        return FINDING, ("memory", _place(error) if error else "accepted")
    if error is None:
        return ACCEPTED, None
    if not isinstance(error, reader.refusals):
        return FINDING, ("traceback", _place(error))
    fault = _fault_of(str(error))
    return (FINDING, ("message", f"{fault}: {_place(error)}")) if fault else (REFUSED, None)


def _ran_out(error: BaseException | None) -> bool:
    """Whether a lack of memory stands behind an error."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _fault_of(message: str) -> str | None:
    if not message.strip():
        return "says nothing"
    if "\n" in message or "\r" in message:
        return "several lines"
    return "a line of thousands of characters" if len(message) > _LONGEST_LINE else None


def _place(error: BaseException) -> str:
    """The exception, and the innermost line of this package that it came through."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if f"{os.sep}a2bm2gl_tf{os.sep}" in frame.filename
        or f"{os.sep}fuzzing{os.sep}" in frame.filename
    ]
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__} at {where}"


@contextlib.contextmanager
def _folder(room: Path, files: Files):
    with tempfile.TemporaryDirectory(dir=room, prefix="case-") as folder:
        write_case(Path(folder), files)
        yield Path(folder)
