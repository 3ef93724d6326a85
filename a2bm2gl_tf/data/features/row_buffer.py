"""Feature vectors that arrive one by one, gathered without a list of lists."""

import numpy as np


class RowBuffer:
    """A float32 matrix that grows by rows; its width is that of the first row.

    Memory is at most twice the rows', while it grows.
    """

    def __init__(self) -> None:
        self._rows: np.ndarray | None = None
        self._length = 0

    @property
    def width(self) -> int | None:
        """f, or None before the first row."""
        return None if self._rows is None else self._rows.shape[1]

    def append(self, row: np.ndarray) -> None:
        """Adds a row.

        Args:
          row: (f,) numbers.

        Raises:
          ValueError: if it is of another width than the first.
        """
        if self._rows is None:
            self._rows = np.empty((1024, len(row)), np.float32)
        if len(row) != self._rows.shape[1]:
            raise ValueError(f"a row of {len(row)} numbers where {self._rows.shape[1]} are due")
        if self._length == len(self._rows):
            grown = np.empty((self._length * 3 // 2, self._rows.shape[1]), np.float32)
            grown[: self._length] = self._rows
            self._rows = grown
        self._rows[self._length] = row
        self._length += 1

    def finish(self) -> np.ndarray:
        """The rows, float32 (n, f); (0, 0) where there were none."""
        if self._rows is None:
            return np.empty((0, 0), np.float32)
        return self._rows[: self._length]
