"""EASE: a linear autoencoder in closed form."""

import dataclasses

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.co_occurrence import dense_co_occurrence
from a2bm2gl_tf.graph.positive_definite import invert_in_place
from a2bm2gl_tf.models.baselines.item_to_item import ItemToItem, Weights
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.memory import require_memory
from a2bm2gl_tf.models.own_settings import make_own_settings

# What sparse products and score blocks take beside the one dense matrix.
_MEMORY_BESIDE = 2**29


@dataclasses.dataclass(frozen=True)
class EaseSettings:
    """Settings that this model alone has.

    Attributes:
      regularisation: lambda, in interactions: the larger, the closer to plain co-occurrence.
    """

    regularisation: float = 300.0


def ease_weights(train: sp.csr_matrix, regularisation: float) -> np.ndarray:
    r"""The weights that least-squares regression of every item on all others gives.

    B_ij = -P_ij / P_jj and B_jj = 0, P = (X^T X + lambda I)^-1. X^T X, P and B are one array in
    turn: 4 V^2 bytes and little more.

    Args:
      train: X, float32 CSR (U, V) of ones.
      regularisation: lambda, more than 0.

    Returns:
      B, float32 (V, V), C-contiguous; zero in rows and columns of items that nobody has met.

    Raises:
      UserError: lambda is not positive, or too small for the precision; or the machine is.
    """
    flag = f"--model_settings=regularisation={regularisation}"
    if not regularisation > 0:
        raise UserError(f"{flag}: give a number above 0")
    num_items = train.shape[1]
    require_memory(
        4 * num_items**2 + _MEMORY_BESIDE,
        f"EASE's weights between {num_items:,} items",
        "take a larger machine, leave rare items out (prepare.py --item_core), or another model",
    )
    matrix = dense_co_occurrence(train)
    diagonal = np.einsum("ii->i", matrix)
    diagonal += regularisation
    try:
        invert_in_place(matrix)
    except np.linalg.LinAlgError as error:
        raise UserError(f"{flag}: too small for float32 ({error}); give a larger one") from error
    matrix /= -diagonal
    diagonal[:] = 0
    return matrix


class Ease(ItemToItem):
    r"""S = X B, B the minimum of |X - X B|^2 + lambda |B|^2 with zero diagonal.

    Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019: its closed form.

    Adapted: nothing but the memory; see `ease_weights`. Content is not used.

    Args:
      dataset: X is its training split.
      config: own settings are `EaseSettings`.
    """

    own_settings = EaseSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__("ease", dataset, **kwargs)
        self._regularisation = make_own_settings(EaseSettings, config.own).regularisation

    def find_weights(self) -> Weights:
        """B; see `ease_weights`."""
        return ease_weights(self.interactions, self._regularisation)
