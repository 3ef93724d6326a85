"""Progress bars of long work, quiet where nobody watches."""

import sys

from tqdm import tqdm


def progress_bar(total: int | None, unit: str, description: str) -> tqdm:
    """A progress bar on standard error; silent where that is not a terminal.

    Args:
      total: how much there is to do, or None if unknown.
      unit: what is counted, such as "B", "row" or "item"; bytes are scaled to kB, MB, ...
      description: a word or two on what is being done.

    Returns:
      A tqdm bar, to be used as a context manager and advanced by `update`.
    """
    return tqdm(
        total=total,
        unit=unit,
        unit_scale=unit == "B",
        desc=description,
        file=sys.stderr,
        disable=not sys.stderr.isatty(),
        leave=False,
    )
