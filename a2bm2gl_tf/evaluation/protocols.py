"""Which items are ranked: the named candidate protocols of the literature."""

import dataclasses
from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.errors import UserError

NUM_SAMPLED = 1000

# (user rows (b,), positives CSR (b, V), seen CSR (b, V), seed) -> bool (b, V).
CandidateMask = Callable[[np.ndarray, sp.csr_matrix, sp.csr_matrix, int], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Protocol:
    """Which items are a user's candidates. Calling it calls `mask`.

    Attributes:
      mask: marks the candidates of a block of users.
      all_unseen: whether they are all unseen items, so that no mask is needed to rank them.
    """

    mask: CandidateMask
    all_unseen: bool = False

    def __call__(
        self, users: np.ndarray, positives: sp.csr_matrix, seen: sp.csr_matrix, seed: int
    ) -> np.ndarray:
        """The candidates of a block of users, bool (b, V)."""
        return self.mask(users, positives, seen, seed)


def whole_catalogue(
    users: np.ndarray, positives: sp.csr_matrix, seen: sp.csr_matrix, seed: int
) -> np.ndarray:
    """All items that the user has not seen.

    Args:
      users: unused.
      positives: unused; disjoint from `seen`, so all are candidates.
      seen: CSR (b, V), the items to leave out.
      seed: unused.

    Returns:
      bool (b, V), True at the candidates.
    """
    del users, positives, seed
    candidates = np.ones(seen.shape, bool)
    candidates[_stored(seen)] = False
    return candidates


def sampled_1000(
    users: np.ndarray, positives: sp.csr_matrix, seen: sp.csr_matrix, seed: int
) -> np.ndarray:
    """The user's positives and 1,000 negatives, as in MMGCN (Wei et al., MM 2019).

    Negatives are drawn uniformly without replacement from the items neither seen nor positive; all
    of them are taken where there are fewer. The draw is a function of the seed, the user row and
    the user's own items, whatever other users are evaluated. Figures under this protocol are not
    comparable with those of the whole catalogue.

    Args:
      users: int (b,) user rows.
      positives: CSR (b, V).
      seen: CSR (b, V), disjoint from `positives`.
      seed: integer of 0 or more.

    Returns:
      bool (b, V), True at the candidates.
    """
    eligible = np.ones(seen.shape, bool)
    eligible[_stored(seen)] = False
    eligible[_stored(positives)] = False
    candidates = np.zeros(seen.shape, bool)
    candidates[_stored(positives)] = True
    for row, user in enumerate(users):
        pool = np.flatnonzero(eligible[row])
        generator = np.random.default_rng([seed, int(user)])
        size = min(NUM_SAMPLED, pool.size)
        candidates[row, generator.choice(pool, size, replace=False, shuffle=False)] = True
    return candidates


_PROTOCOLS: dict[str, Protocol] = {
    "whole_catalogue": Protocol(whole_catalogue, all_unseen=True),
    "sampled_1000": Protocol(sampled_1000),
}


def protocol_names() -> tuple[str, ...]:
    """The names that `find_protocol` knows, the default first."""
    return tuple(_PROTOCOLS)


def find_protocol(name: str) -> Protocol:
    """Looks a protocol up.

    Args:
      name: one of `protocol_names()`.

    Returns:
      The protocol.

    Raises:
      UserError: no protocol has that name.
    """
    if name not in _PROTOCOLS:
        raise UserError(f"--protocol={name}: choose one of {', '.join(_PROTOCOLS)}")
    return _PROTOCOLS[name]


def _stored(matrix: sp.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices
