"""Models whose scores are a user's interactions times weights between items."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.memory_parts import Part, Sizes, features_part, item_weights_part
from a2bm2gl_tf.models.recommender import Recommender, Scorer

Weights = np.ndarray | sp.csr_matrix


class ItemToItem(Recommender):
    r"""s_uv = sum_{j in N(u)} W_jv, with weights that a subclass finds in `solve`.

    There is nothing to train. The weights are held once, as NumPy or SciPy made them, and X is
    never dense but for the scores of the block of users that is asked for. An item that no weight
    points to scores 0 for everybody, and so does everything for a user without interactions.

    Args:
      name: registry name of the model.
      dataset: X is its training split.
    """

    has_embeddings = False
    trained_by_steps = False

    @classmethod
    def memory_parts(cls, sizes: Sizes, config: ModelConfig, training: bool) -> list[Part]:
        """See `Recommender.memory_parts`; by default dense weights between all items."""
        del config, training
        return [item_weights_part(sizes.items), features_part(sizes.items, sizes.widths, heads=1)]

    def __init__(self, name: str, dataset: Dataset, **kwargs):
        super().__init__(name=name, dtype="float32", **kwargs)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.interactions = dataset.train
        self._weights: Weights | None = None
        self.built = True

    def find_weights(self) -> Weights:
        """W, float32 (V, V), C-contiguous or CSR.

        Raises:
          UserError: where it does not fit the data or the machine.
        """
        raise NotImplementedError

    @property
    def weights_between_items(self) -> Weights:
        """W, float32 (V, V).

        Raises:
          ValueError: before `solve` or `from_arrays`.
        """
        if self._weights is None:
            raise ValueError(f"{self.name} has no weights yet: call solve or from_arrays first")
        return self._weights

    def solve(self) -> None:
        """Finds W; see `Recommender.solve`."""
        self._weights = self.find_weights()

    def to_arrays(self) -> list[np.ndarray]:
        """[W], or the three arrays of a sparse one; not copied."""
        weights = self.weights_between_items
        if sp.issparse(weights):
            return [weights.data, weights.indices, weights.indptr]
        return [weights]

    def from_arrays(self, arrays: Sequence[np.ndarray]) -> None:
        """Takes over what `to_arrays` gave; see `Recommender.from_arrays`."""
        shape = (self.num_items, self.num_items)
        if arrays and arrays[0].dtype != np.float32:
            raise ValueError(f"weights are {arrays[0].dtype}, not float32")
        if len(arrays) == 3:
            weights = sp.csr_matrix(tuple(arrays), shape=shape)
            # By itself SciPy leaves indices unchecked, and its products read wherever they point.
            weights.check_format(full_check=True)
            self._weights = weights
        elif len(arrays) == 1 and arrays[0].shape == shape:
            self._weights = arrays[0]
        else:
            raise ValueError(f"{len(arrays)} arrays are no weights of {self.num_items} items")

    def scorer(self) -> Scorer:
        """Rows of X times W; see `Recommender.scorer`."""
        weights = self.weights_between_items

        def scores(rows: np.ndarray) -> np.ndarray:
            product = self.interactions[rows] @ weights
            return product.toarray() if sp.issparse(product) else product

        return scores
