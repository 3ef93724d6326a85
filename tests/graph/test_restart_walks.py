import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.graph.restart_walks import visit_counts, walked_neighbours

# Users 0 and 1 share item 0; user 1 alone has item 1; user 2 and item 2 have nothing.
TRAIN = sp.csr_matrix(np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]], np.float32))


def test_visits_are_those_of_the_stationary_walk_with_restart():
    counts = visit_counts(TRAIN, 20000, 0.4, seed=1).toarray()
    np.testing.assert_array_equal(counts.sum(axis=1), np.full(6, 20000))
    transitions = np.zeros((6, 6))
    transitions[0, 3] = 1
    transitions[1, [3, 4]] = 0.5
    transitions[3, [0, 1]] = 0.5
    transitions[4, 1] = 1
    transitions[2, 2] = transitions[5, 5] = 1
    # Long run shares pi = 0.4 e_start + 0.6 pi A.
    expected = 0.4 * np.linalg.inv(np.eye(6) - 0.6 * transitions)
    np.testing.assert_allclose(counts / 20000, expected, atol=0.02)


def test_most_visited_of_each_type_without_the_node_itself():
    walked = walked_neighbours(TRAIN, 2000, 0.4, top=1, seed=0)
    np.testing.assert_array_equal(walked.users_of_users, [[1], [0], [-1]])
    np.testing.assert_array_equal(walked.items_of_users, [[0], [0], [-1]])
    # From item 0 both users are as near, but user 1 is also come back to from item 1.
    np.testing.assert_array_equal(walked.users_of_items, [[1], [1], [-1]])
    np.testing.assert_array_equal(walked.items_of_items, [[1], [0], [-1]])


def test_equal_visits_are_broken_at_random_and_more_visits_win():
    # One user with 40 items: of few visits most are equal.
    train = sp.csr_matrix(np.ones((1, 40), np.float32))
    kept = [walked_neighbours(train, 30, 0.5, top=3, seed=seed) for seed in range(40)]
    chosen = np.concatenate([walked.items_of_users[0] for walked in kept])
    assert 14 < chosen.mean() < 25  # 19.5 expected, by rows about 5
    for seed, walked in enumerate(kept):
        counts = visit_counts(train, 30, 0.5, seed)[0, 1:].toarray()[0]
        of_kept = counts[walked.items_of_users[0]]
        assert of_kept.tolist() == np.sort(counts)[::-1][:3].tolist()
    again = walked_neighbours(train, 30, 0.5, top=3, seed=5)
    np.testing.assert_array_equal(again.items_of_users, kept[5].items_of_users)


def test_the_seed_decides_and_a_graph_without_edges_is_borne():
    first, again, other = (visit_counts(TRAIN, 50, 0.5, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.toarray(), again.toarray())
    assert (first != other).nnz
    nothing = walked_neighbours(sp.csr_matrix((2, 3), dtype=np.float32), 5, 0.5, 2, seed=0)
    for lists in nothing:
        np.testing.assert_array_equal(lists, np.full((len(lists), 1), -1))
