"""Random surfing's results on disk, found again by a hash of everything they depend on."""

import hashlib
import logging
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.reading.array_archives import load_array_archive
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import atomic_write
from a2bm2gl_tf.graph.surfing import Neighbourhood, top_m_neighbours

_LOGGER = logging.getLogger(__name__)

# Changes with every change of `top_m_neighbours` that changes its results.
_ALGORITHM_VERSION = 2


def cached_top_m_neighbours(
    cache_dir: Path,
    adjacency: sp.csr_matrix,
    hops: int,
    alpha: float,
    m: int,
    beam: int | None = None,
) -> Neighbourhood:
    """`top_m_neighbours`, read from `cache_dir` where it was computed before.

    A file that cannot be read, or does not hold what its name says, is replaced with a warning.

    Args:
      cache_dir: folder of the results; created if absent. Its files may be deleted at any time.
      adjacency: as for `top_m_neighbours`, and so the others.
      hops: number of transitions.
      alpha: probability of going on.
      m: entries kept a row.
      beam: entries surfed on from; None is exact.

    Raises:
      UserError: if `cache_dir` cannot be written.
    """
    path = Path(cache_dir) / f"surfing-{_digest(adjacency, hops, alpha, m, beam)}.npz"
    if path.is_file():
        try:
            found = _read(path, (adjacency.shape[0], m))
            _LOGGER.info("random surfing: read from %s", path)
            return found
        except (UserError, ValueError, KeyError) as error:
            _LOGGER.warning("%s is damaged (%s); it is computed again", path, error)
    result = top_m_neighbours(adjacency, hops, alpha, m, beam)
    try:
        with atomic_write(path, "wb") as file:
            np.savez(
                file,
                indices=result.indices,
                weights=result.weights,
                dropped_mass=np.float64(result.dropped_mass),
            )
    except OSError as error:
        raise UserError(
            f"--cache_dir={cache_dir}: {error.strerror}; choose a folder that can be written"
        ) from error
    return result


def _digest(adjacency: sp.csr_matrix, hops: int, alpha: float, m: int, beam: int | None) -> str:
    canonical = sp.csr_matrix(adjacency, dtype=np.float64)
    canonical.sum_duplicates()
    canonical.sort_indices()
    settings = (_ALGORITHM_VERSION, canonical.shape, hops, float(alpha), m, beam)
    digest = hashlib.sha256(repr(settings).encode())
    for part, dtype in (
        (canonical.indptr, "<i8"),
        (canonical.indices, "<i8"),
        (canonical.data, "<f8"),
    ):
        digest.update(np.ascontiguousarray(part, dtype).tobytes())
    return digest.hexdigest()[:32]


def _read(path: Path, shape: tuple[int, int]) -> Neighbourhood:
    stored = load_array_archive(path)
    indices, weights, dropped = (stored[name] for name in ("indices", "weights", "dropped_mass"))
    for values, dtype in ((indices, np.int32), (weights, np.float32)):
        if values.shape != shape or values.dtype != dtype:
            raise ValueError(f"holds {values.dtype} {values.shape}, not {np.dtype(dtype)} {shape}")
    if indices.size and not (indices.min() >= -1 and indices.max() < shape[0]):
        raise ValueError("lists nodes that the graph does not have")
    if dropped.shape or dropped.dtype != np.float64:
        raise ValueError("does not say what weight was dropped")
    if not np.isfinite(weights).all() or not np.isfinite(dropped):
        raise ValueError("holds weights that are not finite")
    return Neighbourhood(indices, weights, float(dropped))
