"""Prepared data: what `prepare` makes, `write_prepared` stores and `open_prepared` gives back."""

import dataclasses
from typing import Any

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION

PART_NAMES = {TRAIN: "train", VALIDATION: "validation", TEST: "test"}


@dataclasses.dataclass(frozen=True)
class Prepared:
    """Filtered, numbered and split interactions with scaled features of all items.

    Attributes:
      user_ids: (U,) original ids, ascending, int64 or fixed-width text.
      item_ids: (V,) likewise.
      users: int32 (n,) rows of users; records are sorted by user and item, and no pair repeats.
      items: int32 (n,) rows of items.
      parts: uint8 (F, n) of `TRAIN`, `VALIDATION`, `TEST`, one row a fold.
      values: float32 (n,), or None where the data has none.
      times: int64 (n,), or None.
      titles: V readable titles, None for an item without one; or None where there are none at all.
      modalities: scaled features.
      statistics: modality's name -> statistic's name -> float64 (f,) that it was scaled with; see
        `scaled_encoding.ScaledRows`.
      record: what the manifest says of how the data came about; JSON values alone.
    """

    user_ids: np.ndarray
    item_ids: np.ndarray
    users: np.ndarray
    items: np.ndarray
    parts: np.ndarray
    values: np.ndarray | None
    times: np.ndarray | None
    titles: tuple[str | None, ...] | None
    modalities: tuple[Modality, ...]
    statistics: dict[str, dict[str, np.ndarray]]
    record: dict[str, Any]


def count(prepared: Prepared) -> dict[str, Any]:
    """Users, items, interactions, sparsity, and the size of each part in each fold.

    The sparsity is 100 (1 - n / (U V)) percent, that of the paper's Table 1.
    """
    num_users, num_items = len(prepared.user_ids), len(prepared.item_ids)
    folds = []
    for parts in prepared.parts:
        sizes = np.bincount(parts, minlength=3).tolist()
        fold = {name: sizes[part] for part, name in PART_NAMES.items()}
        training = parts == TRAIN
        for name, rows, length in (
            ("users_without_training", prepared.users, num_users),
            ("items_without_training", prepared.items, num_items),
        ):
            trained = np.bincount(rows[training], minlength=length) > 0
            fold[name] = int(length - trained.sum())
        folds.append(fold)
    return {
        "users": num_users,
        "items": num_items,
        "interactions": len(prepared.users),
        "sparsity_percent": 100 * (1 - len(prepared.users) / (num_users * num_items)),
        "folds": folds,
    }
