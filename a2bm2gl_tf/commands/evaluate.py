"""Score a finished run again."""

import dataclasses
import json
import logging
import math
from pathlib import Path

from absl import flags

from a2bm2gl_tf.commands.build import protocol_line
from a2bm2gl_tf.commands.evaluation_flags import parse_top_k
from a2bm2gl_tf.commands.memory_flags import define_memory_flags
from a2bm2gl_tf.commands.run_result import read_result, result_path
from a2bm2gl_tf.commands.runs import check_same_data, load_run
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.protocols import protocol_names
from a2bm2gl_tf.methods.fitting import evaluate_model, test_seen

_LOGGER = logging.getLogger(__name__)

# What rounding may come to in the mean of a metric.
_ROUNDING, _USERS_ACROSS_A_CUTOFF = 1e-3, 1.0


def define_run_flags(fv: flags.FlagValues) -> None:
    """Defines the flags that name a finished run."""
    flags.DEFINE_string("output_dir", None, "Directory of a finished run.", flag_values=fv)
    flags.DEFINE_string("data_dir", None, "Where its dataset is, if moved.", flag_values=fv)
    flags.DEFINE_string("features_dir", None, "Where its features are, if moved.", flag_values=fv)
    define_memory_flags(fv)


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
    return load_run(Path(values.output_dir), *moved_data(values), values.memory_check)


def moved_data(values: flags.FlagValues) -> tuple[Path | None, Path | None]:
    """Where --data_dir and --features_dir say that the data is now; None where they do not."""
    data, features = (Path(p) if p else None for p in (values.data_dir, values.features_dir))
    return data, features


def main(values: flags.FlagValues) -> None:
    """Prints the metrics as JSON; of the test split under the run's own protocol they equal those
    of `result.json`, but for the rounding of another machine.
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
    directory = Path(values.output_dir)
    stored = read_result(directory)
    check_same_data(directory, stored, run.dataset)
    if values.split == "test" and not changes:
        _compare(result_path(directory), means, stored["test"])


def _compare(path: Path, means: dict[str, float], stored: dict[str, float]) -> None:
    """Tells weights that are others from scores that are rounded otherwise.

    Neither a product of embeddings nor the closed form of a model that is solved again comes to
    the same last bits with another number of threads, or on another device. Scores that nearly tie
    then change places, which moves a positive of a few users across a cut-off at most.

    Raises:
      UserError: they differ by more than that.
    """
    if means.keys() != stored.keys():
        raise UserError(f"{path}: holds other metrics than these; train the run again")
    allowed = max(_ROUNDING, _USERS_ACROSS_A_CUTOFF / means["num_users"])
    differences = {
        name: abs(value - stored[name])
        for name, value in means.items()
        if not (math.isnan(value) and math.isnan(stored[name]))
    }
    # A NaN on one side alone is the largest difference.
    name = max(differences, key=lambda name: (math.isnan(differences[name]), differences[name]))
    if not differences[name] <= allowed:
        raise UserError(
            f"{path}: the stored metrics differ from these ({name} by {differences[name]:.2g}); "
            "the checkpoint or the code has changed since training"
        )
    if differences[name]:
        _LOGGER.info("%s differs from %s by %.1e, as rounding may", name, path, differences[name])
