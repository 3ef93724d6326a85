"""The kinds of directories that this project writes, told by the files in them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.inspection.comparison_store import (
    is_comparison_store,
    summarise_comparison_store,
)
from a2bm2gl_tf.inspection.prepared_data import is_prepared_data, summarise_prepared_data
from a2bm2gl_tf.inspection.run import is_run, summarise_run
from a2bm2gl_tf.inspection.saved_model import is_saved_model, summarise_saved_model
from a2bm2gl_tf.inspection.tuning_study import is_tuning_study, summarise_tuning_study

_KINDS: tuple[tuple[Callable[[Path], bool], Callable[[Path], dict[str, Any]]], ...] = (
    (is_run, summarise_run),
    (is_tuning_study, summarise_tuning_study),
    (is_comparison_store, summarise_comparison_store),
    (is_prepared_data, summarise_prepared_data),
    (is_saved_model, summarise_saved_model),
)


def summarise(directory: Path) -> dict[str, Any]:
    """What a directory is, as JSON values; "kind" says of which kind.

    Raises:
      UserError: if it is not there, not readable, or of no kind that this project writes.
    """
    if not directory.is_dir():
        what = "is a file; name its directory" if directory.exists() else "no such directory"
        raise UserError(f"{directory}: {what}")
    try:
        for is_it, summary in _KINDS:
            if is_it(directory):
                return summary(directory)
    except OSError as error:
        raise UserError(f"{error.filename or directory}: {error.strerror}") from error
    raise UserError(
        f"{directory}: nothing that this project writes: no run, search, comparison, prepared data "
        "or SavedModel"
    )
