"""EASE and nearest neighbours by content, blended."""

import dataclasses

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.content_neighbours import content_neighbours
from a2bm2gl_tf.models.baselines.ease import ease_weights
from a2bm2gl_tf.models.baselines.item_to_item import ItemToItem, Weights
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.own_settings import make_own_settings


@dataclasses.dataclass(frozen=True)
class EaseContentSettings:
    """Settings that this model alone has.

    Attributes:
      regularisation: lambda of EASE.
      content_weight: w, the part that content has in the score, against 1 for EASE.
    """

    regularisation: float = 300.0
    content_weight: float = 0.1


class EaseContent(ItemToItem):
    r"""S = X (B + w C): EASE's score and that of a content-based item kNN, blended.

    B is EASE's (Steck, WWW 2019). Column v of C holds the cosine similarities of v's k neighbours
    by content (see `content_neighbours`), divided by their sum: X C is the share of v's neighbours
    that the user has met, weighted by similarity. So both parts are scaled alike, as estimates of
    an entry of X, between 0 and 1.

    Adapted: a blend of scores with one weight, chosen on validation, instead of a regression on
    content as in CEASE and add-EASE (Jeunen et al., RecSys 2020), which take sparse binary
    metadata, not dense vectors. An item that nobody has met in training is scored by content alone.
    Without modalities it is EASE.

    Args:
      dataset: X is its training split; all modalities are used.
      config: `knn` is k, `knn_method`; own settings are `EaseContentSettings`.

    Raises:
      UserError: for a negative content weight.
    """

    own_settings = EaseContentSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__("ease_content", dataset, **kwargs)
        self._settings = make_own_settings(EaseContentSettings, config.own)
        weight = self._settings.content_weight
        if not weight >= 0:
            raise UserError(f"--model_settings=content_weight={weight}: give 0 or more")
        self._modalities = dataset.modalities
        self._num_neighbours, self._knn_method = config.knn, config.knn_method

    def find_weights(self) -> Weights:
        """B + w C, dense."""
        weights = ease_weights(self.interactions, self._settings.regularisation)
        shares = neighbour_shares(
            content_neighbours(
                self._modalities, self.num_items, self._num_neighbours, self._knn_method
            )
        ).tocoo()
        # No pair of items is listed twice, so that nothing is lost in one assignment.
        weights[shares.row, shares.col] += np.float32(self._settings.content_weight) * shares.data
        return weights


def neighbour_shares(neighbours: sp.csr_matrix) -> sp.csr_matrix:
    """C: row v of similarities to v's neighbours, divided by its sum, becomes column v.

    Args:
      neighbours: float32 CSR (V, V) of positive similarities.
    """
    sums = np.asarray(neighbours.sum(axis=1)).ravel()
    lengths = np.diff(neighbours.indptr)
    shares = neighbours.data / np.repeat(sums, lengths)
    by_row = sp.csr_matrix((shares, neighbours.indices, neighbours.indptr), neighbours.shape)
    return by_row.T.tocsr()
