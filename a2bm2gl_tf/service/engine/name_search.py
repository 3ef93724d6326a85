"""Finding ids and titles by a piece of them."""

import bisect
from collections.abc import Iterator, Sequence


class NameSearch:
    """A list of names in one text, which is searched at the speed of `str.find`.

    Args:
      ids: n original ids.
      titles: n titles, "" where there is none; an entry is found by its id and by its title.
    """

    def __init__(self, ids: Sequence[int | str], titles: Sequence[str]):
        self._entries = list(zip(ids, titles, strict=True))
        self._starts, lines, length = [], [], 1
        for original, title in self._entries:
            # Two lines an entry; a name that has a line break of its own is still one line.
            line = "\n".join(" ".join(str(x).casefold().split()) for x in (original, title)) + "\n"
            self._starts.append(length)
            lines.append(line)
            length += len(line)
        self._text = "\n" + "".join(lines)

    def find(self, text: str, limit: int) -> list[tuple[int | str, str]]:
        """Entries by a piece of their id or title.

        Args:
          text: matched without regard to case; "" matches all.
          limit: entries at most.

        Returns:
          (id, title) of entries where a name begins with the text, in their order, then of others
          that hold it.
        """
        wanted = " ".join(text.casefold().split())
        if not wanted:
            return self._entries[:limit]
        found: dict[int, None] = {}
        for piece in (f"\n{wanted}", wanted):
            for row in self._rows(piece):
                if len(found) == limit:
                    break
                found[row] = None
        return [self._entries[row] for row in found]

    def _rows(self, piece: str) -> Iterator[int]:
        place = self._text.find(piece)
        while place >= 0:
            # A piece that starts with a line break belongs to the line after it.
            row = bisect.bisect_right(self._starts, place + piece.startswith("\n")) - 1
            yield row
            after = self._starts[row + 1] - 1 if row + 1 < len(self._starts) else len(self._text)
            place = self._text.find(piece, after)
