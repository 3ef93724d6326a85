"""Random walks along a meta-path, of which the nodes of the start's type are kept."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp


def meta_path_walks(
    relations: Sequence[sp.csr_matrix],
    walks_of_node: int,
    length: int,
    generator: np.random.Generator,
) -> np.ndarray:
    """Walks from every node along a meta-path that leads back to the start's type.

    Each step goes to a uniformly drawn neighbour under the relation whose turn it is (Shi et al.,
    TKDE 2018: P(n_t+1 = x | n_t = v) = 1 / |N(v)|); nodes of the other types are passed and left
    out. A walk ends early where a node has no neighbour.

    Args:
      relations: CSR matrices whose product is (n, n), such as R and R^T for U-V-U; non-zero entries
        are edges.
      walks_of_node: walks that start at each node.
      length: most nodes of a walk, its start included.
      generator: source of the draws.

    Returns:
      int32 (n walks_of_node, length): each pass over all nodes in a random order of its own; -1
      after a walk's end.

    Raises:
      ValueError: if the relations do not lead back.
    """
    num_nodes = relations[0].shape[0]
    ends = [relation.shape[1] for relation in relations]
    if [relation.shape[0] for relation in relations] != [num_nodes, *ends[:-1]] or (
        ends[-1] != num_nodes
    ):
        shapes = " ".join(str(relation.shape) for relation in relations)
        raise ValueError(f"relations of shapes {shapes} do not lead back to their start")
    nodes = np.concatenate([generator.permutation(num_nodes) for _ in range(walks_of_node)])
    walks = np.full((len(nodes), length), -1, np.int32)
    walks[:, 0] = nodes
    walkers = np.arange(len(nodes))
    for place in range(1, length):
        for relation in relations:
            first = relation.indptr[nodes].astype(np.int64)
            degrees = relation.indptr[nodes + 1] - first
            draws = generator.random(len(nodes))
            alive = degrees > 0
            # The product may round up to the degree itself.
            edges = np.minimum((draws * degrees).astype(np.int64), degrees - 1)
            nodes = relation.indices[(first + edges)[alive]].astype(np.int64)
            walkers = walkers[alive]
        walks[walkers, place] = nodes
    return walks
