"""Say what directories of this project are, without loading their data or TensorFlow."""

import json
from pathlib import Path
from typing import Any

from absl import flags

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.inspection.checkpoints import read_all
from a2bm2gl_tf.inspection.kinds import summarise
from a2bm2gl_tf.inspection.side_by_side import differing_settings, table_of_runs
from a2bm2gl_tf.inspection.text import text_of


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of inspect.py."""
    flags.DEFINE_list(
        "output_dir",
        [],
        "Directories to look at: runs, searches, comparisons, prepared data, exports. They may "
        "stand on the command line without the flag too.",
        flag_values=fv,
    )
    flags.DEFINE_boolean("json", False, "Print JSON for programs.", flag_values=fv)
    flags.DEFINE_boolean(
        "read_checkpoints",
        False,
        "Read all bytes of the runs' checkpoints against their checksums (loads TensorFlow).",
        flag_values=fv,
    )


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Prints a summary of each directory, and of several runs a table of what differs.

    Below it stand means over seeds where several runs differ in nothing else.

    Args:
      values: the flags.
      arguments: directories, besides those of --output_dir.
    """
    directories = [*values.output_dir, *arguments]
    if not directories:
        raise UserError("no directory is given: run_scripts/inspect.py DIRECTORY [DIRECTORY ...]")
    summaries = [summarise(Path(directory)) for directory in directories]
    runs = [summary for summary in summaries if summary["kind"] == "run"]
    if values.read_checkpoints:
        for run in runs:
            for entry in run["checkpoints"]:
                entry["fault"] = entry["fault"] or read_all(Path(run["directory"]), entry)
    if values.json:
        found = {"directories": summaries, "differing": differing_settings(runs)}
        print(json.dumps(summaries[0] if len(summaries) == 1 else found, indent=2))
        return
    if len(runs) == len(summaries) > 1:
        print(_of_several(runs))
        return
    print("\n\n".join(map(text_of, summaries)))
    if len(runs) > 1:
        print(f"\n{_of_several(runs)}")


def _of_several(runs: list[dict[str, Any]]) -> str:
    # Its statistics take longer to load than everything else here.
    from a2bm2gl_tf.inspection.over_seeds import groups_of, text_of_groups

    over_seeds = text_of_groups(groups_of(runs))
    return f"{table_of_runs(runs)}\n\n{over_seeds}".rstrip("\n")
