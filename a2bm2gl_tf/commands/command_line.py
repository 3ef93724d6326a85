"""Running a command: flags, one-line errors and exit statuses."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from absl import flags
from absl import logging as absl_logging

from a2bm2gl_tf.commands import recipes, structured_log
from a2bm2gl_tf.errors import UserError

_LOGGER = logging.getLogger(__name__)


def run(main: Callable[..., None], define_flags: Callable, takes_arguments: bool = False) -> None:
    """Parses the command line, calls `main` and exits.

    Every command has --log_format, the form of the messages and of the line that tells a mistake.

    Exit status: 0 on success, 2 after a user's mistake (one line on standard error), 130 after
    Ctrl-C or a termination signal that was answered by saving.

    Args:
      main: the command; receives the parsed flags and, if it takes them, the arguments.
      define_flags: defines the command's flags on a `flags.FlagValues`.
      takes_arguments: whether arguments that are no flags are allowed, before or after flags.
    """
    # Not the global flags: TensorFlow's own have no business on this command line.
    values = flags.FlagValues()
    define_flags(values)
    flags.DEFINE_enum(
        "log_format",
        "text",
        structured_log.FORMATS,
        "Messages on standard error: text for people, or one JSON object a line.",
        flag_values=values,
    )
    values.set_gnu_getopt(takes_arguments)
    _log_to_standard_error(_log_format(values))
    # A termination notice is answered like Ctrl-C: save, then leave.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if {"--help", "-h", "--helpfull"} & set(sys.argv[1:]):
            print(f"usage: {sys.argv[0]} [--flagfile=NAME.flags] [--flag=value ...]")
            print(values.get_help())
            return
        arguments = recipes.parse(values, Path(sys.argv[0]).name, sys.argv[1:])
        # A flagfile may have said so.
        _log_to_standard_error(_log_format(values))
        if arguments and not takes_arguments:
            raise UserError(f"unexpected argument {arguments[0]!r}; every setting is a --flag")
        main(values, *([arguments] if takes_arguments else []))
    except (UserError, flags.Error) as error:
        _tell(" ".join(str(error).split()), _log_format(values))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output (`head`, say) has gone; that is not a failure of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _log_to_standard_error(form: str) -> None:
    """Shows this package's messages, and of TensorFlow's only warnings."""
    absl_logging.set_verbosity(absl_logging.WARNING)
    structured_log.log_to_standard_error(form)


def _log_format(values: flags.FlagValues) -> str:
    """The form asked for, also where the command line is not parsed yet or cannot be."""
    asked = [text for text in sys.argv[1:] if text.lstrip("-").startswith("log_format=")]
    name = asked[-1].partition("=")[2] if asked else values["log_format"].value
    return name if name in structured_log.FORMATS else structured_log.FORMATS[0]


def _tell(mistake: str, form: str) -> None:
    if form == "json":
        _LOGGER.error("%s", mistake, extra={"event": "user_error", "status": 2})
    else:
        print(f"error: {mistake}", file=sys.stderr)
