"""Which lines of a flagfile hold for the model that is run.

A flagfile with a line --model is a recipe for that model. With another model, and in a command that
compares models, what it says of the model, its loss and its training does not apply. Flags on the
command line itself hold always, before or after --flagfile.
"""

import itertools
import logging
from collections.abc import Sequence

from absl import flags

from a2bm2gl_tf.commands.flagfiles import FlagfileLine, model_named, split_arguments
from a2bm2gl_tf.errors import UserError

_LOGGER = logging.getLogger(__name__)

# What `FitSettings` holds, yet belongs to the evaluation or to the run as a whole.
_OF_ANY_COMMAND = {"monitor", "seed"}
# With another model these stay as well: the budget of the training, and the machine.
_OF_ANY_MODEL = {
    "epochs",
    "evaluate_every",
    "patience",
    "checkpoint_seconds",
    "cache_dir",
    "strategy",
    "propagation",
    "precision",
    "jit_compile",
}

# absl looks for a flag that is like an unknown one by a recursion as deep as its name is long.
_LONGEST_NAME = 100


def parse(values: flags.FlagValues, program: str, arguments: Sequence[str]) -> list[str]:
    """Parses a command line whose flagfiles may be recipes; says which lines were left out.

    Args:
      values: the command's flags, defined and not parsed yet.
      program: what the command is called.
      arguments: without the program's name.

    Returns:
      The arguments that are no flags.

    Raises:
      UserError: if a flagfile is not found or has a flag that the command does not have.
      flags.Error: for what absl refuses.
    """
    lines, direct = split_arguments(arguments)
    model = None
    if "model" in values:
        model = model_named(direct) or model_named([line.text for line in lines])
    dropped = [line for line in lines if _is_of_another_model(line, model)]
    kept = [line.text for line in lines if line not in dropped]
    for text in (*kept, *itertools.takewhile("--".__ne__, direct)):
        if text.startswith("-") and len(_name(text)) > _LONGEST_NAME:
            raise UserError(f"{text[:40]}...: {program} has no flag of such a length; see --help")
    try:
        remaining = values([program, *kept, *direct])[1:]
    except flags.UnrecognizedFlagError as error:
        for line in lines:
            if line.text in kept and error.flagname == _name(line.text):
                raise UserError(
                    f"--flagfile={line.file}: {program} has no flag --{error.flagname}; leave the "
                    "flagfile out and give the flags that it has (--help)"
                ) from error
        raise
    except ValueError as error:
        # absl says so of --noflag=value, and of nothing else.
        raise UserError(f"{error}; write --flag, --noflag or --flag=value") from error
    _tell(dropped, f"--model={model}" if model else program)
    return remaining


def _is_of_another_model(line: FlagfileLine, model: str | None) -> bool:
    if line.model is None or line.model == model:
        return False
    # Imported here because it loads TensorFlow, which half of the commands do without.
    from a2bm2gl_tf.methods.settings import flag_names

    stay = _OF_ANY_COMMAND | (_OF_ANY_MODEL if model else set())
    settings = {"model_settings", *flag_names()} - stay
    name = _name(line.text)
    if name == "model":
        return model is None
    return name in settings or (name.startswith("no") and name[2:] in settings)


def _name(text: str) -> str:
    return text.partition("=")[0].lstrip("-")


def _tell(dropped: list[FlagfileLine], run: str) -> None:
    by_file = {}
    for line in dropped:
        by_file.setdefault((line.file, line.model), []).append(line.text)
    for (file, model), texts in by_file.items():
        _LOGGER.info(
            "--flagfile=%s is a recipe for %s; with %s these of its lines do not apply: %s",
            file,
            model,
            run,
            " ".join(texts),
        )
