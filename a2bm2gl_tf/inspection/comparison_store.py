"""The store of benchmark.py and of the studies: what has been run."""

from collections import Counter
from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.inspection.reading import is_locked, read_lines

_RESULTS = "results.jsonl"


def is_comparison_store(directory: Path) -> bool:
    """Whether a directory holds results of a comparison."""
    return (directory / _RESULTS).is_file()


def summarise_comparison_store(directory: Path) -> dict[str, Any]:
    """What the lines of a store say; of two with one key the later counts.

    Raises:
      UserError: if it cannot be read or is of something else.
    """
    path = directory / _RESULTS
    lines = read_lines(path)
    kind = str(lines[0].get("kind", "")) if lines else ""
    if not kind.startswith("a2bm2gl "):
        raise UserError(f"{path}: not the results of this project")
    try:
        cells = {line["key"]: line for line in lines[1:] if line["kind"] != "comparison"}
        finals = [cell for cell in cells.values() if cell["kind"] == "final"]
        return {
            "kind": "comparison store",
            "directory": str(directory),
            "of": kind.removeprefix("a2bm2gl "),
            "datasets": sorted({cell["data"] for cell in cells.values()}),
            "methods": sorted({cell["method"] for cell in cells.values()}),
            "seeds": sorted({cell["seed"] for cell in finals}),
            "trials": sum(cell["kind"] == "trial" for cell in cells.values()),
            "tested": len(finals),
            "states": dict(Counter(cell.get("status", "done") for cell in cells.values())),
            "running": is_locked(path),
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}: not results of this version ({type(error).__name__}: {error})"
        ) from error
