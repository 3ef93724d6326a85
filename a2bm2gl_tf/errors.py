"""The one exception a user's mistake ends in."""


class UserError(Exception):
    """Something the user can mend: bad data, a bad flag, a missing file.

    The message is one line that says what is wrong, where (file and row, or flag) and what to do.
    Commands print it without a traceback and exit with status 2.
    """
