"""Which records are interactions, where each says of several signals whether it holds."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.errors import UserError

ANY = "any"


def choose_positive(asked: str | None, default: str, signals: tuple[str, ...]) -> str:
    """The signal that --positive asks for, or the default where the flag is left out.

    Raises:
      UserError: if there is no such signal, naming those there are.
    """
    positive = asked or default
    known = (*signals, ANY)
    if positive not in known:
        raise UserError(f"--positive={positive}: unknown; choose one of {', '.join(known)}")
    return positive


def require_flags(file: Path, columns: Columns, signals: tuple[str, ...]) -> None:
    """Refuses a signal that is neither 0 nor 1.

    Raises:
      UserError: naming the first row of the file that holds something else.
    """
    for signal in signals:
        strange = columns[signal] > 1
        if strange.any():
            record = int(strange.argmax())
            raise UserError(
                f"{file}: row {columns.row(record)}: column {signal}: {columns[signal][record]} "
                "is neither 0 nor 1; mend the row"
            )


def positive_records(
    file: Path, columns: Columns, positive: str, signals: tuple[str, ...]
) -> np.ndarray:
    """The records in which the signal is 1.

    Args:
      file: where the columns were read from, for messages.
      columns: one of 0 and 1 for every signal.
      positive: one of `signals`, or "any" for those with at least one of them.
      signals: all signals.

    Returns:
      bool (n,), at least one of them True.

    Raises:
      UserError: if there is no such record.
    """
    kept = np.zeros(columns.records, bool)
    for signal in signals if positive == ANY else (positive,):
        kept |= columns[signal] == 1
    if not kept.any():
        raise UserError(
            f"{file}: no record has {positive} = 1, so there is no interaction; "
            "choose another --positive"
        )
    return kept
