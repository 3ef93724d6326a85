"""Reading flagfiles: where they are found, what they include, and which model they are for."""

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path

from a2bm2gl_tf.errors import UserError

_DIRECTORY = Path(__file__).resolve().parents[2] / "flags"
_OPTION = "--flagfile"
_DEEPEST = 10


@dataclasses.dataclass(frozen=True)
class FlagfileLine:
    """One flag of a flagfile.

    Attributes:
      text: "--name=value", "--name" or "--noname".
      file: the flagfile, as it was named.
      model: the model that the file is a recipe for; None if it names none.
    """

    text: str
    file: str
    model: str | None


def split_arguments(arguments: Sequence[str]) -> tuple[list[FlagfileLine], list[str]]:
    """Parts the lines of flagfiles from what is given on the command line itself.

    Args:
      arguments: command line arguments, without the program name.

    Returns:
      The lines of all flagfiles, in order, and the other arguments, in order.

    Raises:
      UserError: if a flagfile is not found, is no flagfile, or includes itself.
    """
    lines, direct = [], []
    rest = iter(arguments)
    for argument in rest:
        name, equals, file = argument.partition("=")
        if argument == "--":
            direct += ["--", *rest]
        elif name in (_OPTION, _OPTION[1:]):
            lines += _expand(file if equals else next(rest, ""))
        else:
            direct.append(argument)
    return lines, direct


def model_named(arguments: Sequence[str]) -> str | None:
    """The value of the last --model among arguments; None without one."""
    model = None
    for argument, following in itertools.pairwise([*arguments, None]):
        name, equals, value = argument.partition("=")
        if argument == "--":
            break
        if name in ("--model", "-model"):
            model = value if equals else following
    return model


def _expand(name: str, opened: tuple[Path, ...] = ()) -> list[FlagfileLine]:
    """The lines of a flagfile: those of the files that it includes, then its own, which override.

    A file is a recipe for the model that it names itself, else for that of the last file that it
    includes and that names one, else for that of the file that includes it.
    """
    path = _find(name)
    if path in opened:
        raise UserError(f"{_OPTION}={name}: includes itself")
    if len(opened) == _DEEPEST:
        raise UserError(f"{_OPTION}={name}: is included through more than {_DEEPEST} files")
    included, own = [], []
    for text in _read(name, path):
        option, _, file = text.partition("=")
        if option in (_OPTION, _OPTION[1:]):
            included += _expand(file.strip(), (*opened, path))
        else:
            own.append(FlagfileLine(text, name, None))
    model = model_named([line.text for line in own])
    if model is None:
        model = next((line.model for line in reversed(included) if line.model), None)
    return [
        line if line.model else dataclasses.replace(line, model=model) for line in included + own
    ]


def _find(name: str) -> Path:
    if not name:
        raise UserError(f"{_OPTION}: name a file, here or in flags/")
    try:
        for candidate in (Path(name).expanduser(), _DIRECTORY / name):
            if candidate.is_file():
                return candidate.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        # Too long, of a user that is not known, or with a NUL character.
        raise UserError(f"{_OPTION}={name}: cannot be a file ({error})") from error
    known = ", ".join(sorted(path.name for path in _DIRECTORY.glob("*.flags")))
    raise UserError(f"{_OPTION}={name}: no such file here or in flags/; known: {known}")


def _read(name: str, path: Path) -> list[str]:
    """The lines that are neither blank nor comments."""
    try:
        texts = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{_OPTION}={name}: cannot be read as text ({error})") from error
    texts = [text for text in texts if text and not text.startswith(("#", "//"))]
    for text in texts:
        # No command line holds a NUL, and no path.
        if not text.startswith("-") or text == "--" or "\0" in text:
            raise UserError(f"{_OPTION}={name}: {text!r} is not a line like --flag=value")
    return texts
