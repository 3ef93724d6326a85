"""Item-based nearest neighbours."""

import dataclasses

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.co_occurrence import co_occurrence_neighbours
from a2bm2gl_tf.models.baselines.item_to_item import ItemToItem, Weights
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.memory_parts import Part, Sizes
from a2bm2gl_tf.models.own_settings import make_own_settings


@dataclasses.dataclass(frozen=True)
class ItemKNNSettings:
    """Settings that this model alone has.

    Attributes:
      shrinkage: added to the denominator of the cosine.
    """

    shrinkage: float = 10.0


class ItemKNN(ItemToItem):
    r"""s_uv = sum_{j in N(u)} s_jv over the k nearest neighbours j of the candidate v.

    s_jv is the cosine of the sets of users that have met the two items (Sarwar et al., WWW 2001).
    The sum of a user's similarities is how Deshpande and Karypis (TOIS 2004) rank items from binary
    data.

    Adapted: shrinkage as in Bell and Koren (KDD 2007) is added to the cosine's denominator. The
    neighbours are those of the candidate, not of what the user has met, so that a popular item has
    no more neighbours to gather scores from than a rare one. Content is not used.

    Args:
      dataset: X is its training split.
      config: `knn` is k; own settings are `ItemKNNSettings`.

    Raises:
      UserError: for a negative shrinkage.
    """

    own_settings = ItemKNNSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__("itemknn", dataset, **kwargs)
        self._shrinkage = make_own_settings(ItemKNNSettings, config.own).shrinkage
        if self._shrinkage < 0:
            raise UserError(f"--model_settings=shrinkage={self._shrinkage}: give 0 or more")
        self._num_neighbours = config.knn

    @classmethod
    def memory_parts(cls, sizes: Sizes, config: ModelConfig, training: bool) -> list[Part]:
        """See `Recommender.memory_parts`: k weights an item, as row, column, value, and copies."""
        del training
        size = 5 * 12 * sizes.items * config.knn
        return [Part(f"{config.knn} neighbours an item", size, f"lower --knn={config.knn}")]

    def find_weights(self) -> Weights:
        """CSR, W_jv = s_jv where j is one of v's neighbours."""
        nearest = co_occurrence_neighbours(self.interactions, self._num_neighbours, self._shrinkage)
        weights = nearest.T.tocsr()
        weights.sort_indices()
        return weights
