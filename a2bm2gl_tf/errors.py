"""The exceptions that a command ends in without a traceback."""


class UserError(Exception):
    """Something the user can mend: bad data, a bad flag, a missing file.

    The message is one line that says what is wrong, where (file and row, or flag) and what to do.
    Commands print it without a traceback and exit with status 2.
    """


class Terminated(KeyboardInterrupt):
    """SIGTERM, such as the notice that a machine is about to be taken away, as an exception."""
