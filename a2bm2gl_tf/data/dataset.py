"""What every dataset reader returns and every later layer consumes."""

import dataclasses

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.modality import Modality


@dataclasses.dataclass(frozen=True)
class Dataset:
    """A user-item interaction dataset, split, with any number of modalities.

    Row u of each matrix is the user with original id `user_ids[u]`; column v is the item with
    original id `item_ids[v]`. Degrees, graphs and popularity are computed from `train` alone.

    Attributes:
      name: registry name of the dataset.
      user_ids: (U,) original user ids, int64 or str (numpy dtype int64 or object of str).
      item_ids: (V,) original item ids, likewise.
      item_titles: V readable titles, or None where the data has none.
      modalities: the content modalities, in a fixed order.
      train: float32 CSR (U, V) of ones, sorted indices, no duplicates.
      validation: likewise, disjoint from `train`.
      test: likewise, disjoint from both.
      split: one line that names the split recipe and its seed.
    """

    name: str
    user_ids: np.ndarray
    item_ids: np.ndarray
    item_titles: tuple[str, ...] | None
    modalities: tuple[Modality, ...]
    train: sp.csr_matrix
    validation: sp.csr_matrix
    test: sp.csr_matrix
    split: str

    @property
    def num_users(self) -> int:
        """U, the number of users."""
        return self.train.shape[0]

    @property
    def num_items(self) -> int:
        """V, the number of items."""
        return self.train.shape[1]

    def titles(self) -> tuple[str, ...]:
        """Readable name of every item: its title, or its original id where there is none."""
        if self.item_titles is not None:
            return self.item_titles
        return tuple(str(item) for item in self.item_ids)

    def with_validation_in_train(self) -> "Dataset":
        """The same data with the validation interactions moved into `train` (for a refit)."""
        merged = (self.train + self.validation).tocsr()
        merged.sort_indices()
        return dataclasses.replace(
            self,
            train=merged,
            validation=sp.csr_matrix(self.train.shape, dtype=np.float32),
            split=self.split + "; validation moved into train",
        )
