"""Triples of user, positive and negative for one epoch of BPR, drawn in NumPy."""

import numpy as np
import scipy.sparse as sp

BATCH = 2048


class TripleSampler:
    """Draws as many triples as there are interactions, as the public LightGCN code does.

    A user is drawn uniformly, then one of its items, then an item that it has not met. The public
    code draws one triple after another in Python; here whole arrays are drawn, which is faster.

    Args:
      train: float32 CSR (U, V), sorted indices.
      seed: integer seed.
    """

    def __init__(self, train: sp.csr_matrix, seed: int):
        self._train = train
        self._num_items = train.shape[1]
        rows = np.repeat(np.arange(train.shape[0], dtype=np.int64), np.diff(train.indptr))
        self._keys = rows * self._num_items + train.indices
        degrees = np.diff(train.indptr)
        # A user that has met nothing has no positive, one that has met everything no negative.
        self._users = np.flatnonzero((degrees > 0) & (degrees < self._num_items))
        self._rng = np.random.default_rng(seed)

    @property
    def steps_per_epoch(self) -> int:
        """Batches of `BATCH` triples an epoch."""
        return -(-self._train.nnz // BATCH)

    def epoch(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Users, positives and negatives, int64 (E,) each."""
        users = self._rng.choice(self._users, self._train.nnz)
        degrees = np.diff(self._train.indptr)[users]
        chosen = self._train.indptr[users] + self._rng.integers(degrees)
        positives = self._train.indices[chosen].astype(np.int64)
        negatives = self._rng.integers(self._num_items, size=users.size)
        again = np.arange(users.size)
        while again.size:
            again = again[self._met(users[again], negatives[again])]
            negatives[again] = self._rng.integers(self._num_items, size=again.size)
        return users, positives, negatives

    def _met(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        keys = users * self._num_items + items
        places = np.minimum(np.searchsorted(self._keys, keys), self._keys.size - 1)
        return self._keys[places] == keys
