"""A small client of an exported SavedModel: ids in, titled recommendations out."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.errors import UserError, reason_of
from a2bm2gl_tf.training.checkpoint_folder import UNREADABLE

# A call takes memory in proportion to ids x items; a longer request is cut into such blocks.
IDS_PER_CALL = 256

_SIGNATURES = ("recommend", "similar_items")
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


@dataclasses.dataclass(frozen=True)
class Recommendation:
    """One place of a ranked list.

    Attributes:
      item_id: original id of the item.
      title: readable title.
      score: E_u . E_v for a user's list, cosine for a list of similar items.
    """

    item_id: int | str
    title: str
    score: float


class Recommender:
    """Ranked lists from a loaded export. Made by `load_recommender`.

    Args:
      model: the loaded SavedModel.
      path: where it was loaded from, for messages.
    """

    def __init__(self, model: tf.Module, path: Path):
        self._model = model
        self._path = path
        self.num_items = int(model.item_ids.shape[0])

    def recommend(
        self, user_ids: Sequence[int | str], k: int = 10, exclude_seen: bool = True
    ) -> list[list[Recommendation]]:
        """The best k items of each user, best first; a list is shorter where fewer are unseen.

        Args:
          user_ids: original ids; text is converted where the export has integer ids.
          k: length of each list, 1 to V.
          exclude_seen: whether items the user has seen are left out.

        Returns:
          One list per user, in the order of `user_ids`.

        Raises:
          UserError: an id is unknown or not an integer where it must be, or k is out of range.
        """

        def call(ids: tf.Tensor, places: tf.Tensor) -> dict:
            return self._model.recommend(ids, places, tf.constant(exclude_seen))

        return self._ranked("user", user_ids, k, call)

    def similar_items(
        self, item_ids: Sequence[int | str], k: int = 10
    ) -> list[list[Recommendation]]:
        """The k items most similar to each given item by cosine, the item itself left out.

        Args:
          item_ids: original ids; text is converted where the export has integer ids.
          k: length of each list, 1 to V; with k = V the list has the V - 1 other items.

        Returns:
          One list per item, in the order of `item_ids`.

        Raises:
          UserError: as `recommend`.
        """
        return self._ranked("item", item_ids, k, self._model.similar_items)

    def fold_in(
        self, item_ids: Sequence[int | str], k: int = 10, exclude_seen: bool = True
    ) -> list[Recommendation]:
        """The best k items for somebody new who likes these items.

        Args:
          item_ids: original ids, at least one; text is converted where the export has integer ids.
          k: length of the list, 1 to V.
          exclude_seen: whether the given items are left out.

        Returns:
          The list, best first.

        Raises:
          UserError: as `recommend`, if no id is given, or if the export is of an older version.
        """
        if "fold_in" not in self._model.signatures:
            raise UserError(f"{self._path} is of an older version without fold-in: export it again")
        self._check_k(k)
        if not item_ids:
            raise UserError("no item is given: name one at least that the new user likes")
        converted, all_ids = self._converted("item", item_ids)
        known = self._model.item_embeddings(tf.constant(converted, all_ids.dtype))["known"]
        self._check_known("item", converted, known.numpy(), all_ids)
        request = tf.constant([converted], all_ids.dtype)
        answer = self._model.fold_in(request, tf.constant(k, tf.int32), tf.constant(exclude_seen))
        return next(_read(answer))

    def _check_k(self, k: int) -> None:
        if not 1 <= k <= self.num_items:
            raise UserError(f"k = {k} is out of range: {self._path} needs 1 to {self.num_items}")

    def _converted(self, kind: str, ids: Sequence[int | str]) -> tuple[list, tf.Variable]:
        """The ids in the type of the export, and all that there are of their kind."""
        all_ids = self._model.user_ids if kind == "user" else self._model.item_ids
        if all_ids.dtype == tf.int64:
            return [_integer(kind, original, self._path) for original in ids], all_ids
        return [str(original) for original in ids], all_ids

    def _ranked(
        self, kind: str, ids: Sequence[int | str], k: int, call: Callable
    ) -> list[list[Recommendation]]:
        self._check_k(k)
        converted, all_ids = self._converted(kind, ids)
        lists = []
        for start in range(0, len(converted), IDS_PER_CALL):
            block = converted[start : start + IDS_PER_CALL]
            answer = call(tf.constant(block, all_ids.dtype), tf.constant(k, tf.int32))
            self._check_known(kind, block, answer["known"].numpy(), all_ids)
            lists.extend(_read(answer))
        return lists

    def _check_known(self, kind: str, block: list, known: np.ndarray, all_ids: tf.Variable) -> None:
        if not known.all():
            examples = ", ".join(str(_text(original)) for original in all_ids[:3].numpy())
            raise UserError(
                f"{self._path} has no {kind} {block[int(np.argmin(known))]!r}: "
                f"give an id of the training data, such as {examples}"
            )


def load_recommender(path: Path) -> Recommender:
    """Loads an export written by `export_saved_model`.

    Args:
      path: the export directory.

    Returns:
      A client of the loaded model.

    Raises:
      UserError: `path` is missing, cannot be loaded, or is some other SavedModel.
    """
    return Recommender(load_export(path), Path(path))


def load_export(path: Path) -> tf.Module:
    """Loads an export written by `export_saved_model`, for calls of its signatures.

    A SavedModel is a program: load none that you have not written yourself.

    Args:
      path: the export directory.

    Returns:
      The loaded SavedModel, with attributes user_ids and item_ids, (U,) and (V,).

    Raises:
      UserError: as `load_recommender`.
    """
    path = Path(path)
    if not path.is_dir():
        raise UserError(f"{path} is not a directory: give an exported model as --export_dir")
    if not tf.saved_model.contains_saved_model(str(path)):
        raise UserError(f"{path} holds no SavedModel: give an exported model as --export_dir")
    try:
        model = tf.saved_model.load(str(path))
    except (OSError, *UNREADABLE) as error:
        raise UserError(f"{path} cannot be loaded, export it again: {reason_of(error)}") from error
    missing = [name for name in _SIGNATURES if name not in model.signatures]
    if missing or not hasattr(model, "item_ids") or not hasattr(model, "user_ids"):
        raise UserError(f"{path} is a SavedModel of something else: give another --export_dir")
    return model


def format_recommendations(heading: str, recommendations: Sequence[Recommendation]) -> str:
    """A text table with the columns rank, score, item id and title.

    Args:
      heading: first line, such as "user 17".
      recommendations: the rows, best first.

    Returns:
      Lines joined by newlines, none at the end. Control characters are shown as spaces.
    """
    if not recommendations:
        return f"{heading}\n  nothing to recommend"
    rows = [("rank", "score", "item", "title")]
    for rank, entry in enumerate(recommendations, start=1):
        rows.append(
            (
                str(rank),
                f"{entry.score:.4f}",
                _printable(str(entry.item_id)),
                _printable(entry.title),
            )
        )
    rank_width, score_width, id_width = (max(len(row[c]) for row in rows) for c in range(3))
    lines = [
        f"  {rank:>{rank_width}}  {score:>{score_width}}  {item:<{id_width}}  {title}".rstrip()
        for rank, score, item, title in rows
    ]
    return "\n".join([heading, *lines])


def _read(answer: dict[str, tf.Tensor]) -> Iterator[list[Recommendation]]:
    columns = (answer[name].numpy() for name in ("item_ids", "titles", "scores"))
    for ids, titles, scores in zip(*columns, strict=True):
        yield [
            Recommendation(_text(item), _text(title), float(score))
            for item, title, score in zip(ids, titles, scores, strict=True)
            if np.isfinite(score)
        ]


def _text(value: bytes | np.int64) -> int | str:
    return value.decode("utf-8") if isinstance(value, bytes) else int(value)


def _integer(kind: str, original: int | str, path: Path) -> int:
    text = str(original).strip()
    if not _INTEGER.fullmatch(text) or not -(2**63) <= int(text) < 2**63:
        raise UserError(f"{kind} id {original!r} is not an integer, and {path} has integer ids")
    return int(text)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
