"""Embeddings of users who were not there in training, from the items they like."""

import dataclasses
from collections.abc import Sequence

import numpy as np

# d x d matrices of one block of users, in numbers (64 MiB of float64).
_BLOCK_ELEMENTS = 8 * 1024 * 1024


@dataclasses.dataclass(frozen=True)
class FoldIn:
    r"""The weights of the regression that makes an embedding of a list of items.

      e = argmin sum_{i in list} (1 - e.E_i)^2 + w sum_i (e.E_i)^2 + ridge s |e|^2

    over all items i: the user's half of a step of implicit ALS (Hu, Koren and Volinsky, ICDM 2008).
    s = sum_i |E_i|^2 / (V d) is the mean square of the items' entries, so that one ridge suits
    embeddings of any scale.

    Attributes:
      negative_weight: w, 0 or more.
      ridge: above 0.
    """

    negative_weight: float = 3.0
    ridge: float = 3000.0

    def __post_init__(self) -> None:
        """Checks the weights.

        Raises:
          ValueError: one is negative, the ridge 0, or one not finite.
        """
        if not 0 <= self.negative_weight < np.inf or not 0 < self.ridge < np.inf:
            raise ValueError(f"{self}: w must be 0 or more, the ridge above 0, both finite")

    def penalty(self, item_embeddings: np.ndarray) -> np.ndarray:
        """What every user shares of the normal equations, w E^T E + ridge s I, float64 (d, d).

        Args:
          item_embeddings: E, float32 (V, d).
        """
        items = item_embeddings.astype(np.float64)
        gram = items.T @ items
        mean_square = np.trace(gram) / items.size
        # Embeddings of nothing but zeros still have a solution, which is zero.
        ridge = self.ridge * mean_square if mean_square > 0 else 1.0
        return self.negative_weight * gram + ridge * np.identity(items.shape[1])


def fold_in_rows(
    item_embeddings: np.ndarray, lists: Sequence[np.ndarray], penalty: np.ndarray
) -> np.ndarray:
    """The regression's solution for each list of items.

    Args:
      item_embeddings: E, float32 (V, d).
      lists: b arrays of distinct rows of E, int (n,) each; an empty one has the solution 0.
      penalty: of `FoldIn.penalty`.

    Returns:
      float32 (b, d).
    """
    dimension = item_embeddings.shape[1]
    found = np.zeros((len(lists), dimension), np.float32)
    block = max(1, _BLOCK_ELEMENTS // dimension**2)
    for start in range(0, len(lists), block):
        listed = [item_embeddings[rows].astype(np.float64) for rows in lists[start : start + block]]
        products = np.stack([rows.T @ rows for rows in listed])
        sums = np.stack([rows.sum(axis=0) for rows in listed])
        solved = np.linalg.solve(products + penalty, sums[:, :, None])
        found[start : start + block] = solved[:, :, 0]
    return found


def listed_rows(row_of: dict, item_ids: Sequence[Sequence], no_item: int | str) -> list[np.ndarray]:
    """Rows of the known ids of each list, ascending, each once.

    Args:
      row_of: original id -> row.
      item_ids: b lists of ids; unknown ones count for nothing.
      no_item: what fills an empty place, in requests as in answers, and is no item therefore.

    Returns:
      b int64 arrays.
    """
    return [
        np.unique([row_of[i] for i in ids if i in row_of and i != no_item]).astype(np.int64)
        for ids in item_ids
    ]
