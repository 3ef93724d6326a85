"""What every format reader yields: interactions as they are recorded, and content of the items."""

import dataclasses

import numpy as np

from a2bm2gl_tf.data.features.content import Content

TRAIN, VALIDATION, TEST = 0, 1, 2


@dataclasses.dataclass(frozen=True)
class Interactions:
    """Every record of the data, in file order; nothing is filtered, merged or split yet.

    Attributes:
      user_ids: (U,) original ids, ascending, int64 or object of str.
      item_ids: (V,) likewise; may hold items without an interaction (the catalogue).
      users: int32 (n,) positions in `user_ids`.
      items: int32 (n,) positions in `item_ids`.
      values: float32 (n,), finite ratings or strengths, or None where the data has none.
      times: int64 (n,), non-decreasing in time in the data's own unit, or None. Where a format
        gives an order but no clock, the position within the user.
      parts: uint8 (n,) of `TRAIN`, `VALIDATION`, `TEST` where the data comes split, or None.
    """

    user_ids: np.ndarray
    item_ids: np.ndarray
    users: np.ndarray
    items: np.ndarray
    values: np.ndarray | None = None
    times: np.ndarray | None = None
    parts: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.users)


@dataclasses.dataclass(frozen=True)
class RawData:
    """One dataset as distributed.

    Attributes:
      interactions: see `Interactions`.
      contents: what is known of the items, one a modality, in a fixed order.
      titles: original item id -> readable title; empty where there are none.
      files: every file that was read, in the order of reading; the manifest gets their hashes.
      counts: what was counted while reading, such as {"records": 100000}; for the closing line
        and the manifest.
      left_out: (m,) ids, of the dtype of the interactions' item ids, of items that the data knows
        but none of whose records counts as an interaction; None where there are none. Content of
        theirs is no sign of a mistake.
      notes: lines for the user on what is no fault but may surprise.
    """

    interactions: Interactions
    contents: tuple[Content, ...] = ()
    titles: dict = dataclasses.field(default_factory=dict)
    files: tuple = ()
    counts: dict[str, int] = dataclasses.field(default_factory=dict)
    left_out: np.ndarray | None = None
    notes: tuple[str, ...] = ()
