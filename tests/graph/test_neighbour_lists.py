import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.graph.neighbour_lists import strongest_neighbours

GRAPH = sp.csr_matrix(
    np.array(
        [
            [9.0, 0.5, 0.7, 0.5],
            [0.0, 0.0, 0.0, 0.0],
            [0.7, 0.0, 9.0, 0.0],
            [0.1, 0.2, 0.3, 0.0],
        ],
        np.float32,
    )
)


def test_strongest_first_ties_by_lower_column_and_no_diagonal():
    np.testing.assert_array_equal(
        strongest_neighbours(GRAPH, 2, with_self=False), [[2, 1], [-1, -1], [0, -1], [2, 1]]
    )


def test_the_node_itself_comes_first_and_unused_slots_are_cut_off():
    np.testing.assert_array_equal(
        strongest_neighbours(GRAPH, 7, with_self=True),
        [[0, 2, 1, 3], [1, -1, -1, -1], [2, 0, -1, -1], [3, 2, 1, 0]],
    )


def test_a_graph_without_edges_has_a_slot_to_work_with():
    empty = sp.csr_matrix((2, 2), dtype=np.float32)
    np.testing.assert_array_equal(strongest_neighbours(empty, 3, with_self=False), [[-1], [-1]])
    np.testing.assert_array_equal(strongest_neighbours(empty, 3, with_self=True), [[0], [1]])
