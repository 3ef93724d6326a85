"""Running a command: flags, flagfiles, one-line errors and exit statuses."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from absl import flags
from absl import logging as absl_logging

from a2bm2gl_tf.errors import UserError

_FLAGS_DIRECTORY = Path(__file__).resolve().parents[2] / "flags"


def resolve_flagfiles(arguments: Sequence[str]) -> list[str]:
    """Turns the bare name of a flagfile into its path in `flags/`, from any working directory.

    Args:
      arguments: command line arguments, without the program name.

    Returns:
      The arguments with every `--flagfile` that names no existing path, but a file in `flags/`,
      made absolute.

    Raises:
      UserError: if a flagfile is in neither place.
    """
    resolved = []
    pending = False
    for argument in arguments:
        if pending:
            resolved.append(_find_flagfile(argument))
            pending = False
        elif argument in ("--flagfile", "-flagfile"):
            resolved.append(argument)
            pending = True
        elif argument.startswith(("--flagfile=", "-flagfile=")):
            name, _, value = argument.partition("=")
            resolved.append(f"{name}={_find_flagfile(value)}")
        else:
            resolved.append(argument)
    return resolved


def _find_flagfile(name: str) -> str:
    for candidate in (Path(name), _FLAGS_DIRECTORY / name):
        if candidate.is_file():
            return str(candidate)
    known = ", ".join(sorted(path.name for path in _FLAGS_DIRECTORY.glob("*.flags")))
    raise UserError(f"--flagfile={name}: no such file here or in flags/; known: {known}")


def run(main: Callable[[flags.FlagValues], None], define_flags: Callable) -> None:
    """Parses the command line, calls `main` and exits.

    Exit status: 0 on success, 2 after a user's mistake (one line on standard error), 130 after
    Ctrl-C or a termination signal that was answered by saving.

    Args:
      main: the command; receives the parsed flags.
      define_flags: defines the command's flags on a `flags.FlagValues`.
    """
    # Not the global flags: TensorFlow's own have no business on this command line.
    values = flags.FlagValues()
    define_flags(values)
    _log_to_standard_error()
    # A termination notice is answered like Ctrl-C: save, then leave.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if {"--help", "-h", "--helpfull"} & set(sys.argv[1:]):
            print(f"usage: {sys.argv[0]} [--flagfile=NAME.flags] [--flag=value ...]")
            print(values.get_help())
            return
        remaining = values([sys.argv[0], *resolve_flagfiles(sys.argv[1:])])
        if len(remaining) > 1:
            raise UserError(f"unexpected argument {remaining[1]!r}; every setting is a --flag")
        main(values)
    except (UserError, flags.Error) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output (`head`, say) has gone; that is not a failure of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _log_to_standard_error() -> None:
    """Shows this package's messages, and of TensorFlow's only warnings."""
    absl_logging.set_verbosity(absl_logging.WARNING)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("a2bm2gl_tf")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
