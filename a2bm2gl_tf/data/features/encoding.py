"""Content of items into feature vectors, by the encoder that its kind is given."""

import dataclasses
from typing import Any

import numpy as np

from a2bm2gl_tf.data.features.content import (
    Categories,
    Content,
    Images,
    Texts,
    Vectors,
    WordCounts,
)
from a2bm2gl_tf.data.features.encoder_registry import (
    EncodedRows,
    EncodingOptions,
    encoder_kinds,
    encoder_names,
    find_encoder,
)
from a2bm2gl_tf.errors import UserError

__all__ = [
    "Encoded",
    "EncodingOptions",
    "check_encoding",
    "content_kind",
    "encode",
    "encoder_kinds",
    "encoder_names",
]

_KIND_OF: dict[type[Content], str] = {
    Texts: "text",
    WordCounts: "word",
    Categories: "category",
    Images: "image",
    Vectors: "vector",
}


@dataclasses.dataclass(frozen=True)
class Encoded:
    """One modality as vectors, unscaled.

    Attributes:
      name: the modality's name.
      item_ids: (n,) ids of the content's items, as they were given.
      rows: float32 (n, f), finite; zero where not present.
      present: bool (n,); False where an item has content that says nothing.
      encoder: what the rows come from, such as "tfidf_svd" or "keras:MobileNetV2".
      parameters: what the encoder was told and counted; JSON-able.
      learned: whether the rows come from a model fitted to these very items, so that another set
        of items would have given the same item another row.
      libraries: see `register_encoder`.
    """

    name: str
    item_ids: np.ndarray
    rows: np.ndarray
    present: np.ndarray
    encoder: str
    parameters: dict[str, Any]
    learned: bool
    libraries: tuple[str, ...] = ()


def content_kind(content: Content) -> str:
    """The kind of a content, one of `encoder_kinds()`."""
    return _KIND_OF[type(content)]


def check_encoding(options: EncodingOptions) -> None:
    """Checks options before any content is read.

    Raises:
      UserError: naming the flag whose value is impossible.
    """
    for kind in encoder_kinds():
        find_encoder(kind, getattr(options, f"{kind}_encoder"))
    for flag in ("dimension", "max_columns", "min_count", "doc2vec_epochs"):
        value = getattr(options, flag)
        if value < 1:
            raise UserError(f"--{flag}={value}: give 1 or more")
    if not 0 < options.max_share <= 1:
        raise UserError(f"--max_share={options.max_share}: give a share above 0, at most 1")
    if not 0 <= options.seed < 2**32:
        raise UserError(f"--seed={options.seed}: give 0 to {2**32 - 1}")
    if options.weights_path is not None and not options.weights_path.is_file():
        raise UserError(f"--weights_path={options.weights_path}: no such file; check the path")


def encode(content: Content, options: EncodingOptions) -> Encoded:
    """Turns the content of one modality into vectors, with the encoder its kind is given.

    The same content, options and seed give the same bytes on the same machine.

    Args:
      content: texts, bags of words, categories, pictures or vectors of n items.
      options: see `EncodingOptions`.

    Returns:
      The vectors, unscaled.

    Raises:
      UserError: for an impossible option, content that cannot be read, or content in which no item
        says anything.
    """
    check_encoding(options)
    kind = content_kind(content)
    spec = getattr(options, f"{kind}_encoder")
    entry, argument = find_encoder(kind, spec)
    if len(content.item_ids) == 0:
        raise UserError(f"{content.source}: no item has modality {content.name}; leave it out")
    result = entry.encode(content, options, argument)
    if not result.present.any():
        raise UserError(
            f"{content.source}: --{kind}_encoder={spec} finds nothing to encode in modality "
            f"{content.name}; {_remedy(result)}leave the modality out"
        )
    rows = result.rows
    # Where every item has the modality there is nothing to blank, and no copy to make.
    if not result.present.all():
        rows = np.where(result.present[:, None], rows, np.float32(0))
    return Encoded(
        name=content.name,
        item_ids=content.item_ids,
        rows=np.ascontiguousarray(rows, np.float32),
        present=result.present,
        encoder=spec,
        parameters=result.parameters,
        learned=entry.learned,
        libraries=entry.libraries,
    )


def _remedy(result: EncodedRows) -> str:
    """What may help where no item is present, besides leaving the modality out."""
    if "min_count" in result.parameters:
        return "lower --min_count, raise --max_share, or "
    if "unreadable" in result.parameters:
        return f"none of {len(result.present)} pictures can be read: replace them, or "
    return ""
