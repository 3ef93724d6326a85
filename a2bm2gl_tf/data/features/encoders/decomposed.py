"""The shared last step of encoders that end in a decomposition."""

from typing import Any

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.decomposition import truncated_svd
from a2bm2gl_tf.data.features.encoder_registry import EncodedRows, EncodingOptions, check_width


def encode_decomposed(
    matrix: sp.csr_matrix | np.ndarray,
    present: np.ndarray,
    options: EncodingOptions,
    parameters: dict[str, Any],
) -> EncodedRows:
    """Rows of a truncated singular value decomposition.

    Args:
      matrix: float64 (p, W), of the present items.
      present: bool (n,), p of them True.
      options: `dimension` and `seed`.
      parameters: of the steps before; those of the decomposition are added.

    Returns:
      float32 (n, r), left singular vectors times singular values. A matrix that is all zero has no
      direction: no item is present then.

    Raises:
      UserError: for an impossible width.
    """
    check_width(options, len(present))
    if not matrix.nnz if sp.issparse(matrix) else not matrix.any():
        return EncodedRows(
            np.zeros((len(present), 1), np.float32), np.zeros_like(present), parameters
        )
    found = truncated_svd(matrix, options.dimension, options.seed)
    added = {
        "seed": options.seed,
        "dimension": found.rows.shape[1],
        "explained": round(found.explained, 6),
    }
    return EncodedRows.of_present(found.rows, present, parameters | added)
