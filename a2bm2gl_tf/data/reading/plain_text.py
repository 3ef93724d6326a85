"""Text files as streams of UTF-8 bytes: what is not plain text is refused, with the reason."""

import io
from pathlib import Path
from typing import BinaryIO

from tqdm import tqdm

from a2bm2gl_tf.data.reading.paths import require_file
from a2bm2gl_tf.errors import UserError

# Arrow takes one byte as separator; a longer one is replaced by this, which text does not hold.
STAND_IN = "\x1f"
_BOM = b"\xef\xbb\xbf"
_STEP = 1 << 20
_LONGEST_MAGIC = 10
_MAGIC = {
    b"\x1f\x8b": "is compressed with gzip; unpack it first (gunzip)",
    b"PK\x03\x04": "is a zip archive; unpack it first (unzip), or save a spreadsheet as CSV",
    b"BZh91AY&SY": "is compressed with bzip2; unpack it first (bunzip2)",
    b"\xfd7zXZ\x00": "is compressed with xz; unpack it first (unxz)",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; unpack it first (unzstd)",
    b"7z\xbc\xaf\x27\x1c": "is a 7z archive; unpack it first (7z x)",
    b"PAR1": "is a Parquet file where text is due; give it the ending .parquet",
    b"\xff\xfe": "is UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text; save it as UTF-8",
}


def open_bytes(path: Path) -> BinaryIO:
    """Opens a text file behind its byte order mark, if it has one.

    Raises:
      UserError: if it is missing, a folder, empty, unreadable, compressed, Parquet or UTF-16.
    """
    require_file(path)
    try:
        file = path.open("rb")
        start = file.read(_LONGEST_MAGIC)
        file.seek(len(_BOM) if start.startswith(_BOM) else 0)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}; make it readable") from error
    for magic, said in _MAGIC.items():
        if start.startswith(magic):
            file.close()
            raise UserError(f"{path}: {said}")
    return file


class PlainTextStream(io.RawIOBase):
    """A text file as Arrow's reader needs it.

    The stream is UTF-8, has one-byte separators, no blank lines at its very end (editors and
    concatenations leave them), and then a newline and `ending`.

    Attributes:
      refused: whether bytes turned up that no text holds; the stream ends where they would begin.
    """

    def __init__(
        self, file: BinaryIO, separator: str, encoding: str, ending: str, progress: tqdm
    ) -> None:
        super().__init__()
        self.refused = False
        self._file = file
        self._separator = separator.encode()
        self._encoding = encoding
        self._ending = ending.encode()
        self._progress = progress
        self._pending = bytearray()
        self._line_ends = bytearray()
        self._at_end = False

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, fewer at the end."""
        while not self._at_end and (size < 0 or len(self._pending) < size):
            self._pending += self._next_piece()
        size = len(self._pending) if size < 0 else size
        piece = bytes(self._pending[:size])
        del self._pending[:size]
        return piece

    def _next_piece(self) -> bytes:
        piece = self._file.read(_STEP)
        if len(self._separator) > 1:
            # A separator must not be cut in two.
            piece += self._file.readline()
        if not piece:
            self._at_end = True
            return b"\n" + self._ending
        self._progress.update(len(piece))
        if b"\0" in piece:
            self.refused = self._at_end = True
            return b""
        if len(self._separator) > 1:
            if STAND_IN.encode() in piece:
                self.refused = self._at_end = True
                return b""
            piece = piece.replace(self._separator, STAND_IN.encode())
        if self._encoding != "utf-8":
            piece = piece.decode(self._encoding).encode()
        return self._without_last_line_ends(piece)

    def _without_last_line_ends(self, piece: bytes) -> bytes:
        """The piece behind the line ends that were held back, without those it ends in."""
        kept = piece.rstrip(b"\r\n")
        line_ends = piece[len(kept) :]
        if kept or len(self._line_ends) > _STEP:
            kept = bytes(self._line_ends) + kept
            self._line_ends.clear()
        self._line_ends += line_ends
        return kept
