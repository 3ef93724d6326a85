"""Running a command: flags, one-line errors and exit statuses."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from absl import flags
from absl import logging as absl_logging

from a2bm2gl_tf.commands import recipes, structured_log
from a2bm2gl_tf.commands.storage_faults import storage_fault
from a2bm2gl_tf.errors import Terminated, UserError, one_line

_LOGGER = logging.getLogger(__name__)


def run(
    main: Callable[..., None],
    define_flags: Callable,
    *,
    resumable: bool = False,
    takes_arguments: bool = False,
) -> None:
    """Parses the command line, calls `main` and exits.

    Every command has --log_format, the form of the messages and of the line that tells a mistake.

    Exit status: 0 on success, 2 after a user's mistake or a fault of the storage (one line on
    standard error), 130 after Ctrl-C or a second signal. After a termination signal it is 0 for a
    command that goes on from where it was, which has saved what it had, and 143 for others.

    Args:
      main: the command; receives the parsed flags and, if it takes them, the arguments.
      define_flags: defines the command's flags on a `flags.FlagValues`.
      resumable: whether the same command, given again, goes on from where it was stopped.
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
    signal.signal(signal.SIGTERM, _terminate)
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
        sys.stdout.flush()
    except (UserError, flags.Error) as error:
        _refuse(str(error), _log_format(values))
    except Terminated:
        sys.exit(0 if resumable else 128 + signal.SIGTERM)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except BrokenPipeError:
        # The reader of our output (`head`, say) has gone; that is not a failure of ours.
        _drop_output()
    except Exception as error:
        fault = storage_fault(error)
        if fault is None:
            raise
        try:
            sys.stdout.flush()
        except OSError:
            _drop_output()
        _refuse(fault, _log_format(values))


def _refuse(message: str, form: str) -> None:
    message = one_line(message)
    if form == "json":
        _LOGGER.error("%s", message, extra={"event": "user_error", "status": 2})
    else:
        print(f"error: {message}", file=sys.stderr)
    sys.exit(2)


def _drop_output() -> None:
    """Has what cannot be written to standard output any more go nowhere, without a complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(unused_number: int, unused_frame: FrameType | None) -> None:
    raise Terminated


def _log_to_standard_error(form: str) -> None:
    """Shows this package's messages, and of TensorFlow's only warnings."""
    absl_logging.set_verbosity(absl_logging.WARNING)
    structured_log.log_to_standard_error(form)


def _log_format(values: flags.FlagValues) -> str:
    """The form asked for, also where the command line is not parsed yet or cannot be."""
    asked = [text for text in sys.argv[1:] if text.lstrip("-").startswith("log_format=")]
    name = asked[-1].partition("=")[2] if asked else values["log_format"].value
    return name if name in structured_log.FORMATS else structured_log.FORMATS[0]
