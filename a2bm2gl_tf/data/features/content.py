"""What data says of its items before it is turned into vectors: one `Content` a modality."""

import dataclasses
from pathlib import Path

import numpy as np
import scipy.sparse as sp


@dataclasses.dataclass(frozen=True)
class Content:
    """Content of some items in one modality, as a file holds it.

    Attributes:
      name: short identifier of the modality: letters, digits and underscores.
      item_ids: (n,) ids of the items that have it, int64 or object of str, none twice.
      source: the file (or folder) it was read from, for messages.
    """

    name: str
    item_ids: np.ndarray
    source: Path


@dataclasses.dataclass(frozen=True)
class Vectors(Content):
    """Ready feature vectors.

    Attributes:
      rows: float32 (n, f), finite; row i belongs to `item_ids[i]`.
      zeros_present: whether a row of zeros is a vector like any other, because its item was named;
        otherwise it means that the item lacks the modality.
    """

    rows: np.ndarray
    zeros_present: bool = False

    @property
    def present(self) -> np.ndarray:
        """Which rows say something, bool (n,)."""
        return self.rows.any(axis=1) | self.zeros_present


@dataclasses.dataclass(frozen=True)
class Texts(Content):
    """Free text, such as titles.

    Attributes:
      texts: n strings.
    """

    texts: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class WordCounts(Content):
    """Bags of anonymous words: word ids, or a vocabulary, and how often each occurs.

    Attributes:
      counts: float32 CSR (n, W), sorted indices, no stored zeros.
    """

    counts: sp.csr_matrix


@dataclasses.dataclass(frozen=True)
class Categories(Content):
    """Categorical or multi-hot columns, such as genres, an author or a duration bucket.

    Attributes:
      flags: float32 CSR (n, C) of ones, sorted indices.
      labels: C names, one a column of `flags`, such as "genre=Comedy".
    """

    flags: sp.csr_matrix
    labels: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Images(Content):
    """Picture files, such as covers.

    Attributes:
      paths: n files.
    """

    paths: tuple[Path, ...]
