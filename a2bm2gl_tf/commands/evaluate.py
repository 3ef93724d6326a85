"""Score a finished run again."""

import dataclasses
import json
from pathlib import Path

from absl import flags

from a2bm2gl_tf.commands.build import protocol_line
from a2bm2gl_tf.commands.evaluation_flags import parse_top_k
from a2bm2gl_tf.commands.runs import load_run, result_path
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.protocols import protocol_names
from a2bm2gl_tf.methods.fitting import evaluate_model, test_seen


def define_run_flags(fv: flags.FlagValues) -> None:
    """Defines the flags that name a finished run."""
    flags.DEFINE_string("output_dir", None, "Directory of a finished run.", flag_values=fv)
    flags.DEFINE_string("data_dir", None, "Where its dataset is, if moved.", flag_values=fv)
    flags.DEFINE_string("features_dir", None, "Where its features are, if moved.", flag_values=fv)


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of evaluate.py."""
    define_run_flags(fv)
    flags.DEFINE_enum(
        "protocol", None, protocol_names(), "Candidates; the run's own if unset.", flag_values=fv
    )
    flags.DEFINE_list("top_k", None, "Cut-offs K; the run's own if unset.", flag_values=fv)
    flags.DEFINE_enum("split", "test", ("validation", "test"), "What to find.", flag_values=fv)


def load_run_from_flags(values: flags.FlagValues):
    """The run that `define_run_flags` describes.

    Raises:
      UserError: if it is not named or cannot be loaded.
    """
    if not values.output_dir:
        raise UserError("--output_dir is missing: name the directory of a finished run")
    paths = [Path(p) if p else None for p in (values.data_dir, values.features_dir)]
    return load_run(Path(values.output_dir), *paths)


def main(values: flags.FlagValues) -> None:
    """Prints the metrics as JSON; of the test split under the run's own protocol they equal those
    of `result.json`.
    """
    run = load_run_from_flags(values)
    changes = {}
    if values.protocol:
        changes["protocol"] = values.protocol
    if values.top_k:
        changes["top_k"] = parse_top_k(values.top_k)
    config = dataclasses.replace(run.config.evaluation, **changes)
    if values.split == "test":
        positives, seen = run.dataset.test, test_seen(run.dataset, config)
    else:
        if run.config.refit:
            raise UserError("--split=validation: this run was refitted on its validation data")
        positives, seen = run.dataset.validation, run.dataset.train
    means = evaluate_model(run.model, positives, seen, config).means
    print(json.dumps({"protocol": protocol_line(run.dataset, config), values.split: means}))
    stored = json.loads(result_path(Path(values.output_dir)).read_text(encoding="utf-8"))
    if values.split == "test" and not changes and means != stored["test"]:
        raise UserError(
            f"{result_path(Path(values.output_dir))}: the stored metrics differ from these; the "
            "data or the checkpoint has changed since training"
        )
