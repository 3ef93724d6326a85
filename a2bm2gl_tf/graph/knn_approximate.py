"""Approximate nearest neighbours by Faiss, with their recall measured on a sample."""

import logging

import numpy as np

from a2bm2gl_tf.errors import UserError

_LOGGER = logging.getLogger(__name__)

# Items whose exact neighbours are computed to measure the recall.
_SAMPLE = 500
# Share of the inverted lists that a query looks into.
_PROBED_SHARE = 0.1
# Items a list that Faiss's k-means wants to see; more do not improve it.
_TRAINING_ITEMS_A_LIST = 64


def approximate_lists(vectors: np.ndarray, k: int) -> np.ndarray:
    """The k largest products of each row with the others, as an inverted file index finds them.

    Rows are put into about 2 sqrt(n) lists by k-means, and a query looks into a tenth of them. The
    recall against exact lists on 500 rows is logged.

    Args:
      vectors: float32 (n, c).
      k: neighbours a row.

    Returns:
      int32 (n, k), largest product first; -1 where fewer were found.

    Raises:
      UserError: if Faiss is not installed.
    """
    try:
        import faiss
    except ImportError as error:
        raise UserError(
            "--knn_method=faiss: Faiss is not installed; pip install faiss-cpu, or use "
            "--knn_method=exact"
        ) from error
    vectors = np.ascontiguousarray(vectors, np.float32)
    num_rows, width = vectors.shape
    lists = max(1, min(int(2 * np.sqrt(num_rows)), num_rows // 40))
    rng = np.random.default_rng(0)
    training = rng.choice(num_rows, min(num_rows, lists * _TRAINING_ITEMS_A_LIST), replace=False)
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(width), width, lists, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[training])
    index.add(vectors)
    index.nprobe = max(1, int(np.ceil(lists * _PROBED_SHARE)))
    # One more, for the row itself.
    _, found = index.search(vectors, k + 1)
    result = _without_themselves(found, k)
    _log_recall(vectors, result, rng)
    return result


def _without_themselves(found: np.ndarray, k: int) -> np.ndarray:
    other = (found != np.arange(len(found))[:, None]) & (found >= 0)
    order = np.argsort(~other, axis=1, kind="stable")[:, :k]
    kept = np.take_along_axis(np.where(other, found, -1), order, axis=1)
    return kept.astype(np.int32)


def _log_recall(vectors: np.ndarray, found: np.ndarray, rng: np.random.Generator) -> None:
    k = found.shape[1]
    sample = rng.choice(len(vectors), min(_SAMPLE, len(vectors)), replace=False)
    scores = vectors[sample] @ vectors.T
    scores[np.arange(len(sample)), sample] = -np.inf
    # By value: which of several equals is listed is no error.
    border = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]
    listed = np.take_along_axis(scores, np.maximum(found[sample], 0), axis=1)
    recall = np.mean((listed >= border - 1e-6) & (found[sample] >= 0))
    _LOGGER.info("faiss: recall@%d %.4f on a sample of %d items", k, recall, len(sample))
