"""Which files a content of the user's own is read from."""

from pathlib import Path

from a2bm2gl_tf.data.features.content import Content, Images
from a2bm2gl_tf.data.formats.content_arrays import companion_file


def content_inputs(content: Content) -> tuple[Path, ...]:
    """The files behind what `read_content` gave, for their hashes.

    Args:
      content: of `read_content`.

    Returns:
      The file and, beside an array, those of its ids and mask; of a folder the files in it, those
      of items outside the catalogue too; of pictures none, for they are named by the content.
    """
    source = content.source
    if isinstance(content, Images):
        return ()
    if source.is_dir():
        return tuple(sorted(path for path in source.iterdir() if path.is_file()))
    companions = ()
    if source.suffix.lower() == ".npy":
        companions = tuple(companion_file(source, part) for part in ("ids", "mask"))
    return (source, *(path for path in companions if path is not None))
