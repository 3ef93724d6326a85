"""Draw the distributions of a finished run's scores, user by user (Fig. 3, section 4.5.2)."""

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from absl import flags

from a2bm2gl_tf.commands.distribution_sources import (
    boundaries_of_run,
    distributions_of_run,
    means_of_run,
)
from a2bm2gl_tf.commands.evaluate import define_run_flags, load_run_from_flags, moved_data
from a2bm2gl_tf.commands.run_config import WHERE_THINGS_LIE
from a2bm2gl_tf.commands.run_result import read_result
from a2bm2gl_tf.commands.runs import FinishedRun, check_same_data, load_run
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.directories import atomic_directory
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.picked_users import LEAST_TESTED, PERCENTILES, pick_users
from a2bm2gl_tf.files import write_files
from a2bm2gl_tf.inspection.side_by_side import is_seed
from a2bm2gl_tf.methods.ideal import fit_ideal
from a2bm2gl_tf.methods.settings import differences, flatten
from a2bm2gl_tf.reports.distribution_data import (
    SeedRun,
    score_files,
    summary_file,
    users_file,
)
from a2bm2gl_tf.reports.distribution_report import (
    distribution_page,
    distribution_pictures,
    distribution_text,
)
from a2bm2gl_tf.reports.seed_agreement import seeds_file

_PAGE = "distributions.html"
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of distributions.py."""
    define_run_flags(fv)
    flags.DEFINE_list(
        "users",
        [],
        "Original ids of the users to draw; if unset, those at the 10th, 50th and 90th percentile "
        "of the number of training items.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "train_ideal",
        False,
        "Also train the run's model on training, validation and test data together, whose scores "
        "the paper calls the real distribution; takes as long as the run, once (it is kept in "
        "OUTPUT_DIR/ideal).",
        flag_values=fv,
    )
    flags.DEFINE_list(
        "seed_runs",
        [],
        "Directories of other finished runs that differ from this one in the --seed alone, which "
        "draws a random split too: adds what all users' scores and boundaries are over seeds.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "report_dir",
        None,
        "Folder for the page, pictures and tables, new or an earlier report; "
        "OUTPUT_DIR/distributions if unset.",
        flag_values=fv,
    )


def main(values: flags.FlagValues) -> None:
    """Runs distributions.py with parsed flags; prints the tables and writes the report."""
    directory = Path(values.output_dir or "")
    report = Path(values.report_dir) if values.report_dir else directory / "distributions"
    if values.output_dir:
        _check_report_dir(report)
    run = load_run_from_flags(values)
    stored = read_result(directory)
    check_same_data(directory, stored, run.dataset)
    rows, rule = _chosen_users(run.trained_on, values.users)
    others = _seed_runs(run, values)
    ideal = None
    if values.train_ideal:
        ideal = fit_ideal(
            run.config,
            run.dataset,
            run.config.evaluation,
            directory / "ideal",
            stored["best_step"],
        )
    data = distributions_of_run(run, rows, rule, ideal)
    if others:
        own = SeedRun(
            run.config.training.seed, data.means["predicted"], data.boundaries.get("predicted")
        )
        data = dataclasses.replace(data, seeds=(own, *others))
    pictures = distribution_pictures(data)
    files = {
        **{f"{name}.png": picture for name, (_, picture) in pictures.items()},
        **score_files(data),
        "summary.csv": summary_file(data),
        "users.csv": users_file(data),
        **({"seeds.csv": seeds_file(data.seeds)} if others else {}),
        _PAGE: distribution_page(data, pictures),
    }
    try:
        with atomic_directory(report) as folder:
            write_files(folder, files)
    except OSError as error:
        raise UserError(
            f"--report_dir={report}: {error.strerror or error}; give a folder that can be written"
        ) from error
    print(distribution_text(data))
    print(f"\nreport in {report / _PAGE}")


def _check_report_dir(report: Path) -> None:
    # Now rather than when everything has been computed.
    first = next((path for path in (report, *report.parents) if path.exists()), report)
    if first.exists() and not first.is_dir():
        raise UserError(f"--report_dir={report}: {first} is a file; name a folder")
    if report.is_dir() and any(report.iterdir()) and not (report / _PAGE).is_file():
        raise UserError(
            f"--report_dir={report}: holds something other than an earlier report and is left "
            "alone; name another folder"
        )


def _seed_runs(run: FinishedRun, values: flags.FlagValues) -> list[SeedRun]:
    """All users' means and boundaries in the runs of --seed_runs.

    Raises:
      UserError: for a run that differs in more than the seed, or is given twice.
    """
    found: dict[int, SeedRun] = {}
    with progress_bar(len(values.seed_runs), "run", "seeds") as bar:
        for text in values.seed_runs:
            if not text:
                raise UserError(
                    "--seed_runs: an entry is empty; give directories, parted by commas"
                )
            directory = Path(text)
            other = load_run(directory, *moved_data(values), values.memory_check, flag="seed_runs")
            check_same_data(directory, read_result(directory), other.dataset)
            _check_but_for_seed(text, run, other)
            seed = other.config.training.seed
            if seed in (run.config.training.seed, *found):
                raise UserError(
                    f"--seed_runs={text}: has seed {seed}, as another run has; give each seed once"
                )
            found[seed] = SeedRun(seed, means_of_run(other), boundaries_of_run(other))
            bar.update()
    return list(found.values())


def _check_but_for_seed(text: str, run: FinishedRun, other: FinishedRun) -> None:
    stored = [one.config.to_json() for one in (run, other)]
    names = {name for one in stored for name in flatten(one)}
    differing = differences(
        *stored, [name for name in names if is_seed(name) or name in WHERE_THINGS_LIE]
    )
    if not np.array_equal(run.dataset.user_ids, other.dataset.user_ids):
        differing.append("its users are others")
    if differing:
        raise UserError(
            f"--seed_runs={text}: differs from --output_dir in more than the seed "
            f"({'; '.join(differing)}); leave it out"
        )


def _chosen_users(dataset: Dataset, ids: Sequence[str]) -> tuple[np.ndarray, str]:
    """Rows of the users to draw, and a line that says how they were picked."""
    if not ids:
        rows = pick_users(dataset.train, dataset.test)
        if not len(rows):
            raise UserError(
                f"no user has a training item and {LEAST_TESTED} test items; name users with "
                "--users=ID,ID,..."
            )
        places = ", ".join(f"{percentile}%" for percentile in PERCENTILES)
        return rows, (
            f"Users at {places} of the number of training items, of those with at least "
            f"{LEAST_TESTED} test items"
        )
    known = {user: row for row, user in enumerate(dataset.user_ids.tolist())}
    rows = []
    for text in ids:
        wanted = text
        if dataset.user_ids.dtype.kind == "i":
            wanted = int(text) if _INTEGER.fullmatch(text) else None
        if wanted not in known:
            examples = ", ".join(map(str, dataset.user_ids[:3]))
            raise UserError(
                f"--users={text}: the run's data has no such user; give ids such as {examples}"
            )
        row = known[wanted]
        if not dataset.train[row].nnz + dataset.test[row].nnz:
            raise UserError(
                f"--users={text}: the user has neither training nor test items, so there is "
                "nothing to draw; name another"
            )
        rows.append(row)
    return np.array(list(dict.fromkeys(rows))), "Users named on the command line"
