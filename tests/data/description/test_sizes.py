import numpy as np

from a2bm2gl_tf.data.description.sizes import Size, degrees, part_size, whole_size


def test_table_1_of_movielens():
    size = whole_size(943, 1682, 100_000)
    # The paper prints 93.7%: 1 - 100000 / 1586126.
    assert (size.users, size.items, size.interactions) == (943, 1682, 100_000)
    assert round(size.sparsity_percent, 4) == 93.6953


def test_a_part_counts_who_occurs_and_keeps_the_whole_as_measure():
    users, items = np.array([0, 0, 2, 2, 2]), np.array([1, 3, 1, 0, 3])
    selected = np.array([True, False, True, False, True])
    # Users 0 and 2, items 1 and 3, three of 4 x 5 pairs.
    assert part_size(users, items, selected, 4, 5) == Size(2, 2, 3, 85.0)
    assert part_size(users, items, ~selected, 4, 5) == Size(2, 2, 2, 90.0)


def test_degrees_count_the_absent():
    assert degrees(np.array([2, 0, 2]), 4).tolist() == [1, 0, 2, 0]
