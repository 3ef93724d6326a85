"""Running a command: flags, one-line errors and exit statuses."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from absl import flags
from absl import logging as absl_logging

from a2bm2gl_tf.commands import recipes
from a2bm2gl_tf.errors import UserError, one_line


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
        unexpected = recipes.parse(values, Path(sys.argv[0]).name, sys.argv[1:])
        if unexpected:
            raise UserError(f"unexpected argument {unexpected[0]!r}; every setting is a --flag")
        main(values)
    except (UserError, flags.Error) as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
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
