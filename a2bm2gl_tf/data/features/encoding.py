"""Content of items into feature vectors, by encoders registered under a kind and a name."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
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
from a2bm2gl_tf.errors import UserError

# What the user calls each kind of content: the flag of its encoder is --<kind>_encoder.
_KINDS: dict[type[Content], str] = {
    Texts: "text",
    WordCounts: "word",
    Categories: "category",
    Images: "image",
    Vectors: "vector",
}


@dataclasses.dataclass(frozen=True)
class EncodingOptions:
    """How content becomes vectors; messages call each field by the flag of the same name.

    Attributes:
      text_encoder: one of `encoder_names("text")`; a name that takes an argument is given as
        "name:argument", such as "sentence:/models/minilm".
      word_encoder: likewise for bags of anonymous words.
      category_encoder: likewise for categories.
      image_encoder: likewise for pictures.
      vector_encoder: likewise for ready vectors.
      dimension: width of what decompositions and doc2vec give; less where the rank is less.
      max_columns: widest that "tfidf" and "multi_hot" may get.
      min_count: a word is used if it is in at least this many items.
      max_share: and in at most this share of the items that have words; in (0, 1].
      doc2vec_epochs: passes of doc2vec over the texts.
      skip_unreadable: whether a missing or broken picture counts as absent; if not, it is an error.
      weights_path: weights of a Keras application, for "keras:<application>".
      seed: of everything random.
    """

    text_encoder: str = "tfidf_svd"
    word_encoder: str = "tfidf_svd"
    category_encoder: str = "multi_hot"
    image_encoder: str = "colour_texture"
    vector_encoder: str = "as_is"
    dimension: int = 64
    max_columns: int = 512
    min_count: int = 2
    max_share: float = 1.0
    doc2vec_epochs: int = 40
    skip_unreadable: bool = False
    weights_path: Path | None = None
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class EncodedRows:
    """What an encoder hands back.

    Attributes:
      rows: float32 (n, f), finite; row i belongs to item i of the content.
      present: bool (n,); False where the content says nothing, such as an empty title.
      parameters: how the rows came about, for the manifest; JSON-able.
    """

    rows: np.ndarray
    present: np.ndarray
    parameters: dict[str, Any]


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
    """

    name: str
    item_ids: np.ndarray
    rows: np.ndarray
    present: np.ndarray
    encoder: str
    parameters: dict[str, Any]
    learned: bool


# Content and options and the text after the colon of "name:argument" ("" if there is none).
Encoder = Callable[[Any, EncodingOptions, str], EncodedRows]


@dataclasses.dataclass(frozen=True)
class _Entry:
    encode: Encoder
    learned: bool
    argument: str | None


_ENCODERS: dict[str, dict[str, _Entry]] = {kind: {} for kind in _KINDS.values()}


def register_encoder(
    name: str, *kinds: str, learned: bool, argument: str | None = None
) -> Callable[[Encoder], Encoder]:
    """Decorator that makes an encoder known to `encode`.

    Args:
      name: what the user calls it.
      *kinds: the kinds of content it takes: "text", "word", "category", "image", "vector".
      learned: see `Encoded`.
      argument: what "name:argument" stands for, such as "PATH", or None if it takes none.

    Returns:
      The decorator; it leaves the encoder as it is.

    Raises:
      ValueError: if a kind already has an encoder of that name.
    """

    def register(encoder: Encoder) -> Encoder:
        for kind in kinds:
            if name in _ENCODERS[kind]:
                raise ValueError(f"two {kind} encoders are called {name!r}")
            _ENCODERS[kind][name] = _Entry(encoder, learned, argument)
        return encoder

    return register


def encoder_kinds() -> tuple[str, ...]:
    """The kinds of content, in a fixed order."""
    return tuple(_ENCODERS)


def encoder_names(kind: str) -> tuple[str, ...]:
    """Names of the encoders of a kind, sorted; "name:ARGUMENT" where one takes an argument.

    Raises:
      KeyError: for an unknown kind.
    """
    return tuple(
        name if entry.argument is None else f"{name}:{entry.argument}"
        for name, entry in sorted(_ENCODERS[kind].items())
    )


def check_encoding(options: EncodingOptions) -> None:
    """Checks options before any content is read.

    Raises:
      UserError: naming the flag whose value is impossible.
    """
    for kind in _ENCODERS:
        _find(kind, getattr(options, f"{kind}_encoder"))
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
    kind = _KINDS[type(content)]
    spec = getattr(options, f"{kind}_encoder")
    entry, argument = _find(kind, spec)
    if len(content.item_ids) == 0:
        raise UserError(f"{content.source}: no item has modality {content.name}; leave it out")
    result = entry.encode(content, options, argument)
    if not result.present.any():
        raise UserError(
            f"{content.source}: --{kind}_encoder={spec} finds nothing to encode in modality "
            f"{content.name}; lower --min_count, raise --max_share, or leave the modality out"
        )
    rows = np.where(result.present[:, None], result.rows, np.float32(0))
    return Encoded(
        name=content.name,
        item_ids=content.item_ids,
        rows=np.ascontiguousarray(rows, np.float32),
        present=result.present,
        encoder=spec,
        parameters=result.parameters,
        learned=entry.learned,
    )


def _find(kind: str, spec: str) -> tuple[_Entry, str]:
    name, colon, argument = spec.partition(":")
    entry = _ENCODERS[kind].get(name)
    if entry is None:
        raise UserError(
            f"--{kind}_encoder={spec}: unknown; choose one of {', '.join(encoder_names(kind))}"
        )
    if entry.argument is None and colon:
        raise UserError(f"--{kind}_encoder={spec}: {name} takes nothing after it; give {name}")
    if entry.argument is not None and not argument:
        raise UserError(f"--{kind}_encoder={spec}: give {name}:{entry.argument}")
    return entry, argument
