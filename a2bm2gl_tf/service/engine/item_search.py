"""Approximate search for the items of the largest inner product (faiss, optional)."""

import numpy as np

from a2bm2gl_tf.errors import UserError

# HNSW: neighbours a node, and candidates looked at while building and while searching.
_NEIGHBOURS = 32
_BUILDING = 128
_SEARCHING = 128
# IVF: lists are about 4 sqrt(V); of them this share is looked at, at least this many.
_LISTS_FACTOR = 4
_PROBED_SHARE = 0.08
_PROBED = 32
_TRAINING_ROWS_PER_LIST = 64


class ItemSearch:
    """An index over item embeddings.

    Args:
      item_embeddings: float32 (V, d).
      kind: "ivf" (lists of k-means) or "hnsw" (a graph: higher recall, several times slower to
        build and to search).
      threads: of building and searching.

    Raises:
      UserError: faiss is not installed.
    """

    def __init__(self, item_embeddings: np.ndarray, kind: str, threads: int):
        self._faiss = _import_faiss()
        self.use_threads(threads)
        self._index = {"hnsw": self._hnsw, "ivf": self._ivf}[kind](item_embeddings)

    def use_threads(self, threads: int) -> None:
        """Sets the threads of what follows, for all indices of this process."""
        self._faiss.omp_set_num_threads(threads)

    def search(self, queries: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The `count` items of the largest inner product that were found.

        Args:
          queries: float32 (b, d).
          count: items a query; the more, the better they are searched for.

        Returns:
          float32 (b, count) scores, best first, and int64 (b, count) rows, -1 where there is none.
        """
        parameters = None
        if hasattr(self._index, "hnsw"):
            # Fewer candidates than wanted items would leave the last places to chance.
            parameters = self._faiss.SearchParametersHNSW()
            parameters.efSearch = max(_SEARCHING, 2 * count)
        return self._index.search(queries, count, params=parameters)

    def _hnsw(self, items: np.ndarray) -> object:
        index = self._faiss.IndexHNSWFlat(
            items.shape[1], _NEIGHBOURS, self._faiss.METRIC_INNER_PRODUCT
        )
        index.hnsw.efConstruction = _BUILDING
        index.add(items)
        return index

    def _ivf(self, items: np.ndarray) -> object:
        lists = max(1, min(int(_LISTS_FACTOR * len(items) ** 0.5), len(items) // 40))
        quantiser = self._faiss.IndexFlatIP(items.shape[1])
        index = self._faiss.IndexIVFFlat(
            quantiser, items.shape[1], lists, self._faiss.METRIC_INNER_PRODUCT
        )
        index.cp.max_points_per_centroid = _TRAINING_ROWS_PER_LIST
        index.train(items)
        index.add(items)
        index.nprobe = min(lists, max(_PROBED, int(_PROBED_SHARE * lists)))
        # The index holds it by reference alone.
        self._quantiser = quantiser
        return index


def _import_faiss() -> object:
    try:
        import faiss
    except ImportError as error:
        raise UserError("--retrieval=faiss needs a package: pip install faiss-cpu") from error
    return faiss
