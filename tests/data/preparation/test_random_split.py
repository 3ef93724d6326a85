import numpy as np
import pytest

from a2bm2gl_tf.data.preparation.random_split import interaction_matrix, split_per_user


def split(users, items, shape, *, test=0.2, validation=0.1, seed=0):
    return split_per_user(
        np.array(users),
        np.array(items),
        shape,
        test_fraction=test,
        validation_fraction=validation,
        seed=seed,
    )


def counts(matrix):
    return np.diff(matrix.indptr).tolist()


def random_pairs():
    dense = np.random.default_rng(3).random((30, 25)) < 0.4
    return np.nonzero(dense)


@pytest.mark.parametrize(
    ("num_items", "test", "validation", "expected"),
    [
        # n, then (train, validation, test) worked out by hand.
        (1, 0.2, 0.1, (1, 0, 0)),
        (2, 0.2, 0.1, (2, 0, 0)),  # .4 + .5 rounds down
        (3, 0.2, 0.1, (2, 0, 1)),  # .6 + .5; then .2 + .5
        (10, 0.2, 0.1, (7, 1, 2)),  # 2; then .8 + .5
        (20, 0.2, 0.1, (14, 2, 4)),  # 4; then 1.6 + .5
        (4, 0.9, 0.9, (1, 0, 3)),  # 4 would leave none
        (10, 0.5, 0.99, (1, 4, 5)),  # 5 of 5 would leave none
    ],
)
def test_number_held_out(num_items, test, validation, expected):
    result = split(
        [0] * num_items, range(num_items), (1, num_items), test=test, validation=validation
    )
    assert (result.train.nnz, result.validation.nnz, result.test.nnz) == expected


def test_parts_are_disjoint_and_complete():
    users, items = random_pairs()
    result = split(users, items, (30, 25))
    total = (result.train + result.validation + result.test).toarray()
    expected = np.zeros((30, 25))
    expected[users, items] = 1
    np.testing.assert_array_equal(total, expected)


def test_every_user_is_split_by_the_same_rule():
    users, items = random_pairs()
    result = split(users, items, (30, 25), test=0.3, validation=0.25)
    n = np.bincount(users, minlength=30)
    num_test = [int(0.3 * k + 0.5) for k in n]
    assert counts(result.test) == num_test
    assert counts(result.validation) == [
        int(0.25 * (k - t) + 0.5) for k, t in zip(n, num_test, strict=True)
    ]


def test_does_not_depend_on_the_order_of_rows():
    users, items = random_pairs()
    order = np.random.default_rng(0).permutation(len(users))
    first = split(users, items, (30, 25), seed=4)
    second = split(users[order], items[order], (30, 25), seed=4)
    for part in ("train", "validation", "test"):
        assert (getattr(first, part) != getattr(second, part)).nnz == 0


def test_seed_decides_which_items_are_held_out():
    users, items = random_pairs()
    first = split(users, items, (30, 25), seed=1)
    same = split(users, items, (30, 25), seed=1)
    other = split(users, items, (30, 25), seed=2)
    assert (first.test != same.test).nnz == 0
    assert (first.test != other.test).nnz > 0


def test_each_item_is_equally_likely_to_be_held_out():
    users = np.repeat(np.arange(4000), 5)
    items = np.tile(np.arange(5), 4000)
    held_out = np.asarray(split(users, items, (4000, 5)).test.sum(axis=0)).ravel()
    # 800 expected, standard deviation about 25.
    assert held_out.sum() == 4000
    assert np.abs(held_out - 800).max() < 125


def test_repeated_pairs_count_once_and_are_reported():
    result = split([0, 0, 0, 0, 1], [2, 2, 1, 2, 0], (2, 3), test=0.4)
    assert result.train.nnz + result.validation.nnz + result.test.nnz == 3
    assert "2 repeated pairs merged" in result.recipe
    assert "repeated" not in split([0, 0], [1, 2], (1, 3)).recipe


def test_users_without_interactions_have_empty_rows():
    result = split([0, 0, 0, 2, 2, 2], [0, 1, 2, 0, 1, 2], (4, 3))
    assert counts(result.train) == [2, 0, 2, 0]
    assert counts(result.test) == [1, 0, 1, 0]


def test_recipe_names_fractions_and_seed():
    recipe = split([0, 0], [0, 1], (1, 2), test=0.25, validation=0.05, seed=17).recipe
    assert recipe == "random per user: 0.25 test, then 0.05 of the rest validation; seed 17"


def test_interaction_matrix_merges_and_sorts():
    matrix = interaction_matrix(np.array([1, 0, 1, 1]), np.array([2, 1, 0, 2]), (2, 3))
    assert matrix.dtype == np.float32
    assert matrix.indices.tolist() == [1, 0, 2]
    assert matrix.data.tolist() == [1, 1, 1]
