"""Encoders by kind of content and name, what they are told and what they hand back."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.errors import UserError

_WIDEST = 4096


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
      dimension: width of what decompositions, "hashed" and doc2vec give; a decomposition gives less
        where the rank is less.
      max_columns: widest that "tfidf" and "multi_hot" may get; more categories than that make
        "auto" hash.
      min_count: a word is used if it is in at least this many items.
      max_share: and in at most this share of the items that have words; in (0, 1].
      doc2vec_epochs: passes of doc2vec over the texts.
      skip_unreadable: whether a missing or broken picture counts as absent; if not, it is an error.
      weights_path: weights of a Keras application, for "keras:<application>".
      seed: of everything random.
    """

    text_encoder: str = "tfidf_svd"
    word_encoder: str = "tfidf_svd"
    category_encoder: str = "auto"
    image_encoder: str = "colour_texture"
    vector_encoder: str = "as_is"
    dimension: int = 64
    max_columns: int = 256
    min_count: int = 2
    max_share: float = 1.0
    doc2vec_epochs: int = 40
    skip_unreadable: bool = False
    weights_path: Path | None = None
    seed: int = 0


def check_width(options: EncodingOptions, num_items: int) -> None:
    """Refuses a `dimension` that content of some items cannot fill, or no model should hold.

    The default width is always allowed: of few items a decomposition gives fewer columns.

    Args:
      options: `dimension`.
      num_items: n, how many items have the content.

    Raises:
      UserError: if `dimension` is above n or 4,096, and above the default.
    """
    most = max(EncodingOptions.dimension, min(num_items, _WIDEST))
    if options.dimension > most:
        raise UserError(
            f"--dimension={options.dimension}: wider than {num_items} items call for; "
            f"give at most {most}"
        )


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

    @classmethod
    def of_present(
        cls, found: np.ndarray, present: np.ndarray, parameters: dict[str, Any]
    ) -> "EncodedRows":
        """Rows of all items from those of the present ones.

        Args:
          found: real (p, f); row i belongs to the i-th present item.
          present: bool (n,), p of them True.
          parameters: as the attribute.

        Returns:
          float32 rows (n, f), zero where not present.
        """
        rows = np.zeros((len(present), found.shape[1]), np.float32)
        rows[present] = found
        return cls(rows, present, parameters)


# Content and options and the text after the colon of "name:argument" ("" if there is none).
Encoder = Callable[[Any, EncodingOptions, str], EncodedRows]


@dataclasses.dataclass(frozen=True)
class EncoderEntry:
    """An encoder, and what `register_encoder` was told of it."""

    encode: Encoder
    learned: bool
    argument: str | None
    libraries: tuple[str, ...]


_ENCODERS: dict[str, dict[str, EncoderEntry]] = {
    kind: {} for kind in ("text", "word", "category", "image", "vector")
}


def register_encoder(
    name: str,
    *kinds: str,
    learned: bool,
    argument: str | None = None,
    libraries: tuple[str, ...] = (),
) -> Callable[[Encoder], Encoder]:
    """Decorator that makes an encoder known to `encode`.

    Args:
      name: what the user calls it.
      *kinds: the kinds of content it takes: "text", "word", "category", "image", "vector".
      learned: see `Encoded`.
      argument: what "name:argument" stands for, such as "PATH", or None if it takes none.
      libraries: distributions, besides NumPy, SciPy and PyArrow, whose versions can change the
        rows.

    Returns:
      The decorator; it leaves the encoder as it is.

    Raises:
      ValueError: if a kind already has an encoder of that name.
    """

    def register(encoder: Encoder) -> Encoder:
        for kind in kinds:
            if name in _ENCODERS[kind]:
                raise ValueError(f"two {kind} encoders are called {name!r}")
            _ENCODERS[kind][name] = EncoderEntry(encoder, learned, argument, libraries)
        return encoder

    return register


def encoder_kinds() -> tuple[str, ...]:
    """The kinds of content, in a fixed order; the flag of each is --<kind>_encoder."""
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


def find_encoder(kind: str, spec: str) -> tuple[EncoderEntry, str]:
    """Finds the encoder that "name" or "name:argument" asks for.

    Returns:
      (its entry, the argument or "").

    Raises:
      UserError: naming the flag, for an unknown name or a superfluous or missing argument.
    """
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
