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

from a2bm2gl_tf.commands import recipes
from a2bm2gl_tf.commands.storage_faults import storage_fault
from a2bm2gl_tf.errors import Terminated, UserError


def run(
    main: Callable[[flags.FlagValues], None], define_flags: Callable, *, resumable: bool = False
) -> None:
    """Parses the command line, calls `main` and exits.

    Exit status: 0 on success, 2 after a user's mistake or a fault of the storage (one line on
    standard error), 130 after Ctrl-C or a second signal. After a termination signal it is 0 for a
    command that goes on from where it was, which has saved what it had, and 143 for others.

    Args:
      main: the command; receives the parsed flags.
      define_flags: defines the command's flags on a `flags.FlagValues`.
      resumable: whether the same command, given again, goes on from where it was stopped.
    """
    # Not the global flags: TensorFlow's own have no business on this command line.
    values = flags.FlagValues()
    define_flags(values)
    _log_to_standard_error()
    # A termination notice is answered like Ctrl-C: save, then leave.
    signal.signal(signal.SIGTERM, _terminate)
    try:
        if {"--help", "-h", "--helpfull"} & set(sys.argv[1:]):
            print(f"usage: {sys.argv[0]} [--flagfile=NAME.flags] [--flag=value ...]")
            print(values.get_help())
            return
        unexpected = recipes.parse(values, Path(sys.argv[0]).name, sys.argv[1:])
        if unexpected:
            raise UserError(f"unexpected argument {unexpected[0]!r}; every setting is a --flag")
        main(values)
        sys.stdout.flush()
    except (UserError, flags.Error) as error:
        _refuse(str(error))
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
        _refuse(fault)


def _refuse(message: str) -> None:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)


def _drop_output() -> None:
    """Has what cannot be written to standard output any more go nowhere, without a complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(unused_number: int, unused_frame: FrameType | None) -> None:
    raise Terminated


def _log_to_standard_error() -> None:
    """Shows this package's messages, and of TensorFlow's only warnings."""
    absl_logging.set_verbosity(absl_logging.WARNING)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("a2bm2gl_tf")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
