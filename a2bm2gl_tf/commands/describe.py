"""Describe prepared data: sizes, degrees, modalities, gaps, and what the split lets through."""

import dataclasses
from pathlib import Path

from absl import flags

from a2bm2gl_tf.data.description.description import describe
from a2bm2gl_tf.data.preparation.opening import open_prepared
from a2bm2gl_tf.directories import atomic_directory
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import write_files, write_json
from a2bm2gl_tf.reports.description_report import (
    description_page,
    description_pictures,
    description_text,
)

_STATISTICS = "statistics.json"


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of describe.py."""
    flags.DEFINE_string("data_dir", None, "Directory that prepare.py wrote.", flag_values=fv)
    flags.DEFINE_string(
        "output_dir",
        None,
        "Folder for the page, pictures and statistics, new or an earlier description; beside "
        "--data_dir, with the suffix _description, if unset.",
        flag_values=fv,
    )


def main(values: flags.FlagValues) -> None:
    """Runs describe.py with parsed flags; prints the tables and writes the report."""
    if not values.data_dir:
        raise UserError("--data_dir is missing: name the directory that prepare.py wrote")
    source = Path(values.data_dir)
    output = Path(values.output_dir) if values.output_dir else _beside(source)
    _check_output(output, source)
    prepared = open_prepared(source)
    description = describe(prepared)
    pictures = description_pictures(prepared, description)
    files = {f"{name}.png": data for name, (_, data) in pictures.items()}
    files["report.html"] = description_page(description, pictures)
    try:
        with atomic_directory(output) as folder:
            write_files(folder, files)
            write_json(folder / _STATISTICS, dataclasses.asdict(description))
    except OSError as error:
        raise UserError(
            f"--output_dir={output}: {error.strerror or error}; give a folder that can be written"
        ) from error
    print(description_text(description))
    print(f"\nreport in {output / 'report.html'}")


def _beside(source: Path) -> Path:
    resolved = source.resolve()
    return resolved.with_name(f"{resolved.name}_description")


def _check_output(output: Path, source: Path) -> None:
    if output.exists() and not output.is_dir():
        raise UserError(f"--output_dir={output}: is a file; name a folder")
    if output.resolve().is_relative_to(source.resolve()):
        raise UserError(
            f"--output_dir={output}: lies in --data_dir={source}, which holds prepared data alone; "
            "name another folder"
        )
    if output.is_dir() and any(output.iterdir()) and not (output / _STATISTICS).is_file():
        raise UserError(
            f"--output_dir={output}: holds something other than an earlier description and is left "
            "alone; name another folder"
        )
