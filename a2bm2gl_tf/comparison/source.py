"""Which state of the source code a result was made by.

Keys leave the source out, so that a table of days survives small edits; instead every record says
which source it is of, and a table says where its rows differ.

What counts is the text of all modules that a fit's numbers depend on and whose effect its key does
not hold already. So everything counts in the folders of the package, new ones included, but for

* what reads results or plans, stores and prints them: `benchmarks`, `commands`, `comparison`,
  `reports`, `serving`, `studies` and `tuning`, of which only `comparison/execution.py` runs a fit
  of them;
* what makes a dataset, `data`, for the key has the fingerprint of what it made. Of it only
  `data/dataset.py` is at work in a fit.

A comment counts like code: to tell the two apart is not worth a mistake.
"""

import functools
import hashlib
from pathlib import Path

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import write_json
from a2bm2gl_tf.stored_values import read_json

# What stands for the source of a result that does not say.
UNRECORDED = "unrecorded"

_PACKAGE = Path(__file__).resolve().parents[1]
_LEFT_OUT = {
    "benchmarks",
    "commands",
    "comparison",
    "data",
    "reports",
    "serving",
    "studies",
    "tuning",
}
_COUNTED_ALL_THE_SAME = {"comparison/execution.py", "data/dataset.py"}
_DIGITS = 16
_JOIN = "+"
_REMEDY = "remove the directory, and the fit is done again"


@functools.cache
def source_digest() -> str:
    """The digest of this package's source as it is at the first call in a process."""
    return digest_of_source(_PACKAGE)


def digest_of_source(package: Path) -> str:
    """A digest of the modules of a package that count, by their paths and bytes.

    Args:
      package: its folder.

    Returns:
      16 hexadecimal digits.
    """
    digest = hashlib.blake2b()
    paths = {path.relative_to(package).as_posix(): path for path in package.rglob("*.py")}
    for name, path in sorted(paths.items()):
        folder, within, _ = name.partition("/")
        if within and (folder not in _LEFT_OUT or name in _COUNTED_ALL_THE_SAME):
            content = path.read_bytes()
            digest.update(f"{name} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()[:_DIGITS]


def note_source(directory: Path) -> str:
    """Notes in the directory of a fit that this source works on it, begun by another or not.

    Args:
      directory: of the fit; created if need be.

    Returns:
      All sources that have, the first one first: digests joined by "+".

    Raises:
      UserError: if the note is damaged.
    """
    path = directory / "sources.json"
    if path.exists():
        sources = read_json(path, _REMEDY)
        if not isinstance(sources, list) or not all(isinstance(text, str) for text in sources):
            raise UserError(f"{path}: not a list of sources; {_REMEDY}")
    else:
        begun = directory.is_dir() and any(directory.iterdir())
        sources = [UNRECORDED] if begun else []
    if source_digest() not in sources:
        sources.append(source_digest())
        write_json(path, sources)
    return _JOIN.join(sources)


def sources_of(records: list[dict]) -> tuple[str, ...]:
    """The sources of some records, each once and sorted."""
    texts = [record.get("source", UNRECORDED) for record in records]
    return tuple(sorted({source for text in texts for source in text.split(_JOIN)}))


def joined(sources: tuple[str, ...]) -> str:
    """Sources as one text."""
    return _JOIN.join(sources)
