"""The exceptions that a command ends in without a traceback, and their one line."""

# Far more than a name, a row and a remedy take; what a file holds must not fill the screen.
_LONGEST, _ENDING, _LONGEST_REASON = 2000, 400, 200


class UserError(Exception):
    """Something the user can mend: bad data, a bad flag, a missing file.

    The message is one line that says what is wrong, where (file and row, or flag) and what to do.
    Commands print it without a traceback and exit with status 2. What it quotes of a file is made
    harmless, see `one_line`.
    """

    def __init__(self, message: str = ""):
        super().__init__(one_line(message))


class UndefinedScoreError(UserError, ValueError):
    """A model gives a user and item a score that is no number, and that cannot be ranked."""


def one_line(text: str) -> str:
    """A text as one line for a terminal, whatever file it quotes.

    Characters that a terminal acts upon or cannot show become blanks; of a line of more than 2,000
    characters the middle is left out, for what to do stands at the end.
    """
    if not text.isprintable():
        shown = (character if character.isprintable() else " " for character in text)
        text = " ".join("".join(shown).split())
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - _ENDING]} ... {text[-_ENDING:]}"
    return text


def reason_of(error: BaseException) -> str:
    """The first 200 characters of an error's first line; its class where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:_LONGEST_REASON]


class Terminated(KeyboardInterrupt):
    """SIGTERM, such as the notice that a machine is about to be taken away, as an exception."""
