"""Lists of items, one a user: what text lines and object arrays hold, and the text lines."""

import array
import dataclasses
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.reading.lines import iterate_lines
from a2bm2gl_tf.errors import UserError

# Longer ids need not fit into int64.
_LONGEST_ID = 18


@dataclasses.dataclass(frozen=True)
class ItemLists:
    """Items of some users.

    Attributes:
      users: int64 (k,), as the file orders them; one may be there twice.
      lengths: int64 (k,), how many items each has; 0 is possible.
      items: int64 (sum of lengths,), list after list.
    """

    users: np.ndarray
    lengths: np.ndarray
    items: np.ndarray

    def owners(self) -> np.ndarray:
        """The user of every item, int64 (sum of lengths,)."""
        return np.repeat(self.users, self.lengths)

    def positions(self) -> np.ndarray:
        """The place of every item within its list from 0, int64 (sum of lengths,)."""
        starts = np.cumsum(self.lengths) - self.lengths
        return np.arange(len(self.items)) - np.repeat(starts, self.lengths)


def read_item_lists(path: Path) -> ItemLists:
    """Reads lines of a user and its items, whole numbers with blanks or tabs between them.

    Args:
      path: text file; list i is on row i + 1, for blank lines are refused.

    Returns:
      The lists.

    Raises:
      UserError: naming the file and row of what is not a whole number of 0 or more.
    """
    users, lengths, items = (array.array("q") for _ in range(3))
    for row, line in iterate_lines(path):
        words = line.split()
        if not words:
            raise UserError(f"{path}: row {row}: the line is blank; remove it")
        if line.translate(None, b"0123456789 \t\r\n") or len(max(words, key=len)) > _LONGEST_ID:
            raise UserError(f"{path}: row {row}: {_fault(words)}")
        users.append(int(words[0]))
        lengths.append(len(words) - 1)
        items.extend(map(int, words[1:]))
    return ItemLists(*(np.array(part, np.int64) for part in (users, lengths, items)))


def _fault(words: list[bytes]) -> str:
    """Says what is wrong with the first word that is not an id."""
    for word in words:
        shown = repr(word[:40].decode("utf-8", "replace"))
        if not word.isdigit():
            return (
                f"{shown} is not a whole number of 0 or more; "
                "give a user and its items with blanks between them"
            )
        if len(word) > _LONGEST_ID:
            return f"{shown} is longer than {_LONGEST_ID} digits; number the ids anew"
    return "holds a character that is neither a digit nor a blank; remove it"
