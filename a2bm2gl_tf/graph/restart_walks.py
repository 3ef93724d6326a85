"""Heterogeneous neighbours by random walks with restart, grouped by type (HetGNN)."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.graph.bipartite import bipartite_adjacency
from a2bm2gl_tf.graph.neighbour_lists import neighbour_lists, strongest_neighbours

# Streams of the seed.
_STEPS, _TIES = 7, 8


class TypedNeighbours(NamedTuple):
    """The nodes of each type that walks from a node visit most, int64, -1 for padding.

    Attributes:
      users_of_users: (U, <= top) user rows; never the user itself.
      items_of_users: (U, <= top) item rows.
      users_of_items: (V, <= top) user rows.
      items_of_items: (V, <= top) item rows; never the item itself.
    """

    users_of_users: np.ndarray
    items_of_users: np.ndarray
    users_of_items: np.ndarray
    items_of_items: np.ndarray


def visit_counts(train: sp.csr_matrix, length: int, restart: float, seed: int) -> sp.csr_matrix:
    """How often a random walk with restart from each node visits every node.

    A step goes back to where the walk began with probability `restart`, else on to a neighbour
    drawn uniformly. All walks take a step at once.

    Args:
      train: (U, V) training interactions.
      length: steps a walk.
      restart: probability of going back.
      seed: integer seed.

    Returns:
      float32 CSR (N, N), N = U + V, users first; rows sum to `length`.
    """
    adjacency = bipartite_adjacency(train)
    degrees = np.diff(adjacency.indptr)
    # Small numbers: a long walk from every node is much to hold.
    starts = np.arange(adjacency.shape[0], dtype=np.int32)
    rng = np.random.default_rng([seed, _STEPS])
    visited = np.empty((length, len(starts)), np.int32)
    position = starts
    for step in range(length):
        choice = (rng.random(len(starts)) * degrees[position]).astype(np.int64)
        edges = np.minimum(adjacency.indptr[position] + choice, max(adjacency.nnz - 1, 0))
        going_on = (rng.random(len(starts)) >= restart) & (degrees[position] > 0)
        if adjacency.nnz:
            position = np.where(going_on, adjacency.indices[edges], starts)
        visited[step] = position
    pairs = (np.tile(starts, length), visited.ravel())
    # Building from pairs adds up the repeated ones.
    return sp.csr_matrix((np.ones(visited.size, np.float32), pairs), shape=adjacency.shape)


def walked_neighbours(
    train: sp.csr_matrix, length: int, restart: float, top: int, seed: int
) -> TypedNeighbours:
    """The `top` most visited nodes of each type; see `visit_counts`.

    Most nodes of a walk are visited once, so that ties are broken at random, each node's anew: by
    row, which often goes with age or popularity, the same nodes would be kept everywhere.
    """
    counts = visit_counts(train, length, restart, seed)
    # Less than the difference of two counts.
    counts.data += np.random.default_rng([seed, _TIES]).random(counts.nnz, np.float32) / 2
    num_users = train.shape[0]
    of_users, of_items = counts[:num_users], counts[num_users:]
    return TypedNeighbours(
        strongest_neighbours(of_users[:, :num_users], top, with_self=False),
        neighbour_lists(of_users[:, num_users:], top),
        neighbour_lists(of_items[:, :num_users], top),
        strongest_neighbours(of_items[:, num_users:], top, with_self=False),
    )
