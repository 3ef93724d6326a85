"""How many items have each modality, and how many look the same in it."""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

_DIGEST_BYTES = 16


@dataclasses.dataclass(frozen=True)
class ModalityCoverage:
    """One modality in short.

    Attributes:
      name: its name.
      width: feature width f.
      present: items that have it.
      present_percent: of all items, in percent.
      zero_rows: items that have it and whose features are all 0.
      repeated_rows: items whose features equal those of an item before them.
      largest_group: most items with equal features; 1 where all differ, 0 where none has it.
    """

    name: str
    width: int
    present: int
    present_percent: float
    zero_rows: int
    repeated_rows: int
    largest_group: int


def cover_modality(name: str, features: np.ndarray, present: np.ndarray) -> ModalityCoverage:
    """Describes one modality.

    Rows are compared by 128-bit hashes, one at a time, so the features may be larger than memory.

    Args:
      name: its name.
      features: float32 (V, f).
      present: bool (V,), the items that have it; the other rows are not looked at.
    """
    zero_rows = 0
    groups: Counter[bytes] = Counter()
    for row in np.flatnonzero(present):
        values = np.asarray(features[row])
        zero_rows += not values.any()
        # Adding 0 turns -0, which equals 0, into the same bytes.
        groups[hashlib.blake2b((values + 0).tobytes(), digest_size=_DIGEST_BYTES).digest()] += 1
    count = groups.total()
    return ModalityCoverage(
        name=name,
        width=features.shape[1],
        present=count,
        present_percent=100 * count / len(present),
        zero_rows=zero_rows,
        repeated_rows=count - len(groups),
        largest_group=max(groups.values(), default=0),
    )


def count_with_all(masks: Sequence[np.ndarray]) -> int:
    """Items that have every modality, from bool (V,) masks, of which there is at least one."""
    return int(np.logical_and.reduce(masks).sum())


def count_repeated_titles(titles: Sequence[str | None]) -> int:
    """Items whose title equals that of an item before them; those without one do not count."""
    known = [title for title in titles if title is not None]
    return len(known) - len(set(known))
