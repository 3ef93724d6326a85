"""Final embeddings with the ids they belong to: what a trained model leaves behind for serving."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.evaluation.scoring import EmbeddingScores
from a2bm2gl_tf.evaluation.top_k import top_k_items
from a2bm2gl_tf.serving.fold_in import FoldIn, fold_in_rows, listed_rows
from a2bm2gl_tf.serving.new_items import NewItems

Ids = np.ndarray


@dataclasses.dataclass(frozen=True)
class EmbeddingIndex:
    """User and item embeddings, original ids, seen items and titles, checked once.

    The query methods answer in numpy what the exported signatures answer in TensorFlow, with the
    same conventions for unknown ids, empty places and ties; see `ServingModule`.

    Attributes:
      user_embeddings: float32 (U, d), the final user rows E_u.
      item_embeddings: float32 (V, d), the final item rows E_v.
      user_ids: (U,) distinct original user ids, int64 or str (numpy dtype int64, U or object).
      item_ids: (V,) distinct original item ids, likewise.
      seen: CSR (U, V), non-zero where the user has seen the item; sorted, no duplicates.
      item_titles: V readable titles.
      fold_in_weights: how users are folded in; `fold_in_selection` finds what suits a model.
      new_items: embeds items that were not there in training; None where there is no content.
    """

    user_embeddings: np.ndarray
    item_embeddings: np.ndarray
    user_ids: Ids
    item_ids: Ids
    seen: sp.csr_matrix
    item_titles: tuple[str, ...]
    fold_in_weights: FoldIn = dataclasses.field(default_factory=FoldIn)
    new_items: NewItems | None = None

    def __post_init__(self) -> None:
        """Checks every attribute.

        Raises:
          ValueError: a shape, dtype or value breaks the description of the class.
        """
        _check_embeddings("user_embeddings", self.user_embeddings)
        _check_embeddings("item_embeddings", self.item_embeddings)
        num_users, dimension = self.user_embeddings.shape
        num_items = len(self.item_embeddings)
        if self.item_embeddings.shape[1] != dimension:
            raise ValueError(
                f"user embeddings have dimension {dimension}, item embeddings "
                f"{self.item_embeddings.shape[1]}"
            )
        # An overflowing score would be infinite or NaN; -inf has to mean "no item here" alone.
        largest = [
            np.linalg.norm(rows.astype(np.float64), axis=1).max()
            for rows in (self.user_embeddings, self.item_embeddings)
        ]
        if largest[0] * largest[1] > np.finfo(np.float32).max:
            raise ValueError("scores of these embeddings overflow float32")
        _check_ids("user_ids", self.user_ids, num_users)
        _check_ids("item_ids", self.item_ids, num_items)
        if not sp.issparse(self.seen) or self.seen.format != "csr":
            raise ValueError("seen must be a scipy CSR matrix")
        if self.seen.shape != (num_users, num_items):
            raise ValueError(f"seen is {self.seen.shape}, expected {(num_users, num_items)}")
        if not self.seen.has_canonical_format or not np.all(self.seen.data):
            raise ValueError("seen needs sorted indices, no duplicates and no stored zeros")
        if len(self.item_titles) != num_items:
            raise ValueError(f"{len(self.item_titles)} titles for {num_items} items")

    @property
    def popularity(self) -> np.ndarray:
        """float32 (V,), the number of users who have seen each item."""
        return np.bincount(self.seen.indices, minlength=self.seen.shape[1]).astype(np.float32)

    def recommend(
        self, user_ids: Ids, k: int, exclude_seen: bool = True
    ) -> tuple[list[list], np.ndarray, np.ndarray]:
        """The k items with the highest score E_u . E_v of each user, best first.

        Args:
          user_ids: (b,) original ids; an unknown one gets the most popular items, scored by count.
          k: places per user, at least 1; more than V counts as V.
          exclude_seen: whether the user's seen items are left out.

        Returns:
          b lists of item ids (None in an empty place), float32 scores (b, k) (-inf in an empty
          place), bool (b,) known.
        """
        rows, known = find_rows(self.user_ids, user_ids)
        scores = self.user_embeddings[rows] @ self.item_embeddings.T
        scores[~known] = self.popularity
        if exclude_seen:
            for place, row in enumerate(rows):
                if known[place]:
                    scores[place, self.seen[row].indices] = -np.inf
        return *self._best(scores, k), known

    @property
    def no_item(self) -> int | str:
        """What stands in an empty place of a signature's ids: -1 or ""."""
        return -1 if self.item_ids.dtype == np.int64 else ""

    def fold_in_embeddings(self, item_ids: Sequence[Sequence]) -> np.ndarray:
        """Embeddings of users who like these items, without any training; see `FoldIn`.

        Args:
          item_ids: b lists of original ids. An unknown id, and `no_item`, count for nothing, an id
            given twice counts once.

        Returns:
          float32 (b, d); zeros where no id of a list is known.
        """
        return self._fold_in(self.listed_rows(item_ids))

    def fold_in(
        self, item_ids: Sequence[Sequence], k: int, exclude_seen: bool = True
    ) -> tuple[list[list], np.ndarray, np.ndarray]:
        """The k best items of users who like these items, without any training.

        Args:
          item_ids: as `fold_in_embeddings`; a list without a known id gets the most popular items,
            scored by count.
          k: as in `recommend`.
          exclude_seen: whether the given items are left out.

        Returns:
          As `recommend`; known is False where a list has no known id.
        """
        lists = self.listed_rows(item_ids)
        known = np.array([len(rows) > 0 for rows in lists], dtype=bool)
        scores = self._fold_in(lists) @ self.item_embeddings.T
        scores[~known] = self.popularity
        if exclude_seen:
            for place, rows in enumerate(lists):
                scores[place, rows] = -np.inf
        return *self._best(scores, k), known

    def listed_rows(self, item_ids: Sequence[Sequence]) -> list[np.ndarray]:
        """Rows of the known ids of each list, ascending, each once; `no_item` is none."""
        row_of = {original: row for row, original in enumerate(self.item_ids.tolist())}
        return listed_rows(row_of, item_ids, self.no_item)

    def _fold_in(self, lists: Sequence[np.ndarray]) -> np.ndarray:
        penalty = self.fold_in_weights.penalty(self.item_embeddings)
        return fold_in_rows(self.item_embeddings, lists, penalty)

    def recommend_all(self, k: int, exclude_seen: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Lists of all users at once, for offline use; see `evaluation.top_k.top_k_items`.

        Args:
          k: places a user, 1 to V.
          exclude_seen: as in `recommend`.

        Returns:
          int32 (U, k) item rows, -1 in an empty place, and float32 (U, k) scores, -inf there.

        Raises:
          UserError: k is out of range.
        """
        scores = EmbeddingScores(self.user_embeddings, self.item_embeddings)
        return top_k_items(scores, self.seen if exclude_seen else None, k)

    def similar_items(self, item_ids: Ids, k: int) -> tuple[list[list], np.ndarray, np.ndarray]:
        """The k items with the highest cosine to each given item, itself left out.

        Args:
          item_ids: (b,) original ids; all places of an unknown one are empty.
          k: as in `recommend`.

        Returns:
          As `recommend`. A zero embedding has cosine 0 with everything.
        """
        rows, known = find_rows(self.item_ids, item_ids)
        norms = np.linalg.norm(self.item_embeddings, axis=1, keepdims=True)
        directions = self.item_embeddings / np.where(norms > 0, norms, 1)
        scores = directions[rows] @ directions.T
        scores[np.arange(len(rows)), rows] = -np.inf
        scores[~known] = -np.inf
        return *self._best(scores, k), known

    def score(self, user_ids: Ids, item_ids: Ids) -> tuple[np.ndarray, np.ndarray]:
        """Scores E_u . E_v of n pairs.

        Args:
          user_ids: (n,) original ids.
          item_ids: (n,) original ids.

        Returns:
          float32 (n,) scores, 0 where either id is unknown, and bool (n,) known.
        """
        users, users_known = find_rows(self.user_ids, user_ids)
        items, items_known = find_rows(self.item_ids, item_ids)
        known = users_known & items_known
        scores = np.sum(self.user_embeddings[users] * self.item_embeddings[items], axis=1)
        return np.where(known, scores, np.float32(0)), known

    def _best(self, scores: np.ndarray, k: int) -> tuple[list[list], np.ndarray]:
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        scores = np.take_along_axis(scores, best, axis=1)
        ids = self.item_ids.astype(object)[best]
        ids[np.isneginf(scores)] = None
        return ids.tolist(), scores


def find_rows(all_ids: Ids, wanted: Ids) -> tuple[np.ndarray, np.ndarray]:
    """Rows of original ids, int64 (n,), 0 for an unknown one, and bool (n,) known."""
    row_of = {original: row for row, original in enumerate(all_ids.tolist())}
    rows = np.array([row_of.get(original, -1) for original in wanted], dtype=np.int64)
    return np.maximum(rows, 0), rows >= 0


def _check_embeddings(name: str, rows: np.ndarray) -> None:
    if rows.ndim != 2 or 0 in rows.shape or rows.dtype != np.float32:
        raise ValueError(
            f"{name} must be a non-empty float32 matrix, got {rows.dtype} {rows.shape}"
        )
    if not np.isfinite(rows).all():
        row = int(np.argmin(np.isfinite(rows).all(axis=1)))
        raise ValueError(f"{name} row {row} is not finite")


def _check_ids(name: str, ids: Ids, count: int) -> None:
    if ids.shape != (count,):
        raise ValueError(f"{name} has shape {ids.shape}, expected ({count},)")
    texts = ids.dtype.kind == "U" or (
        ids.dtype == object and all(isinstance(original, str) for original in ids)
    )
    if ids.dtype != np.int64 and not texts:
        raise ValueError(f"{name} must be int64 or str, got {ids.dtype}")
    if len(set(ids.tolist())) != count:
        raise ValueError(f"{name} holds an id twice")
