"""Fuzzes readers and prints a table: python -m tests.fuzzing --reader=all --cases=10000 --seed=0.

A finding is made again, with its traceback, by --reader=NAME --seed=S --case=N; --keep=FOLDER keeps
its files.
"""

import argparse
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

from tests.fuzzing.campaign import Outcome, Reader, make_case, run_reader, write_case
from tests.fuzzing.readers import all_readers


def main() -> int:
    """Runs the campaign; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", default="all", help="names with commas between, or all")
    parser.add_argument("--cases", type=int, default=10_000, help="cases a reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first case")
    parser.add_argument("--case", type=int, help="make one case again, and show what happens")
    parser.add_argument("--keep", type=Path, help="with --case: folder that gets the files")
    parser.add_argument("--list", action="store_true", help="names of the readers")
    arguments = parser.parse_args()
    readers = all_readers()
    if arguments.list:
        print("\n".join(readers))
        return 0
    names = list(readers) if arguments.reader == "all" else arguments.reader.split(",")
    unknown = [name for name in names if name not in readers]
    if unknown:
        parser.error(f"--reader={unknown[0]}: choose from {', '.join(readers)}")
    if arguments.case is not None:
        return _again(readers[names[0]], arguments.seed, arguments.case, arguments.keep)
    outcomes = []
    with tqdm(total=len(names) * arguments.cases, unit="case", disable=None) as bar:
        for name in names:
            bar.set_postfix_str(name)
            outcomes.append(
                run_reader(
                    readers[name],
                    arguments.cases,
                    arguments.seed,
                    arguments.start,
                    progress=bar.update,
                )
            )
            _print_outcome(outcomes[-1], sys.stderr)
    _print_table(outcomes)
    return int(any(outcome.failed for outcome in outcomes))


def _row(outcome: Outcome) -> str:
    return (
        f"{outcome.reader:<22}{outcome.cases:>8}{outcome.accepted:>10}{outcome.refused:>9}"
        f"{outcome.failed:>10}{outcome.seconds:>9.0f}"
    )


def _print_table(outcomes: list[Outcome]) -> None:
    print(f"{'reader':<22}{'cases':>8}{'accepted':>10}{'refused':>9}{'findings':>10}{'seconds':>9}")
    for outcome in outcomes:
        _print_outcome(outcome, sys.stdout)


def _print_outcome(outcome: Outcome, file: TextIO) -> None:
    print(_row(outcome), file=file, flush=True)
    for finding in outcome.findings.values():
        print(f"  case {finding.case}: {finding.kind}: {finding.place}", file=file, flush=True)


def _again(reader: Reader, seed: int, case: int, keep: Path | None) -> int:
    files = make_case(reader, reader.seeds(), seed, case)
    with tempfile.TemporaryDirectory() as made:
        folder = keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        write_case(folder, files)
        for name, content in files.items():
            print(f"{name}: {len(content)} bytes, {content[:200]!r}")
        try:
            print("accepted:", str(reader.read(folder))[:2000])
        except reader.refusals as error:
            print("refused:", error)
        except BaseException:
            traceback.print_exc()
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
