from math import log

import numpy as np
import pytest

# Genre a is in three items, b in two, c and d in one; nobody has e.
TABLE = [[1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 0, 1, 0]]


@pytest.fixture
def genres(flags):
    return flags(TABLE, "abcde")


def test_flags_as_numbers(genres, encode_as):
    encoded = encode_as(genres, "multi_hot")
    assert encoded.rows.tolist() == [row[:4] for row in TABLE]
    assert encoded.rows.dtype == np.float32
    assert encoded.present.tolist() == [True, True, False, True, True]
    assert encoded.parameters["columns"] == list("abcd")


def test_rare_ones_share_a_column(genres, encode_as):
    encoded = encode_as(genres, "multi_hot", max_columns=3)
    assert encoded.parameters["columns"] == ["a", "b", "other"]
    assert encoded.rows.tolist() == [[1, 1, 0], [1, 0, 1], [0, 0, 0], [1, 1, 0], [0, 0, 1]]


def test_everything_is_other_with_one_column(genres, encode_as):
    encoded = encode_as(genres, "multi_hot", max_columns=1)
    assert encoded.parameters["columns"] == ["other"]
    assert encoded.rows.ravel().tolist() == [1, 1, 0, 1, 1]


def test_inverse_frequency_by_hand(genres, encode_as):
    encoded = encode_as(genres, "multi_hot_idf")
    # Four items have a category.
    weights = [1 + log(5 / 4), 1 + log(5 / 3), 1 + log(5 / 2), 1 + log(5 / 2)]
    np.testing.assert_allclose(encoded.rows, np.array(TABLE)[:, :4] * weights, rtol=1e-6)


def test_decomposition_keeps_inner_products(genres, encode_as):
    plain = encode_as(genres, "multi_hot_idf").rows
    encoded = encode_as(genres, "svd", min_count=1)
    np.testing.assert_allclose(encoded.rows @ encoded.rows.T, plain @ plain.T, atol=1e-5)
    # Rows 1 and 4 are equal, and row 3 is empty.
    assert encoded.rows.shape == (5, 3)
    assert encoded.learned


def test_decomposition_leaves_rare_ones_out(genres, encode_as):
    encoded = encode_as(genres, "svd", min_count=2, dimension=1)
    assert encoded.present.tolist() == [True, True, False, True, False]
    assert encoded.parameters["categories_found"] == 4
    assert encoded.parameters["categories_kept"] == 2
    assert encoded.rows.shape == (5, 1)


def test_hashed_directions_add_up(genres, encode_as):
    encoded = encode_as(genres, "hashed", dimension=16, seed=3)
    directions = {
        name: encode_as(genres, "hashed", dimension=16, seed=3).rows[row]
        for name, row in (("d", 4), ("a+b", 0), ("a+c", 1))
    }
    np.testing.assert_array_equal(np.abs(directions["d"]), np.full(16, 0.25, np.float32))
    np.testing.assert_array_equal(encoded.rows[0], encoded.rows[3])
    # b and c have a direction each, so rows that share a alone differ by entries of 0 or +-1/2.
    assert set(np.abs(encoded.rows[0] - encoded.rows[1])) == {0.0, 0.5}
    assert encoded.present.tolist() == [True, True, False, True, True]
    other = encode_as(genres, "hashed", dimension=16, seed=4)
    assert (encoded.rows != other.rows).any()


def test_hashed_directions_of_many_are_nearly_orthogonal(flags, encode_as):
    names = [f"author{number}" for number in range(300)]
    encoded = encode_as(flags(np.eye(300, dtype=int).tolist(), names), "hashed", dimension=256)
    cosines = encoded.rows @ encoded.rows.T
    np.testing.assert_allclose(np.diag(cosines), 1, rtol=1e-6)
    between = cosines[~np.eye(300, dtype=bool)]
    assert abs(between.mean()) < 0.005
    assert between.std() == pytest.approx(1 / 16, rel=0.05)


def test_auto_hashes_where_there_are_more_than_fit(genres, encode_as):
    assert encode_as(genres, "auto", max_columns=4).parameters["chosen"] == "multi_hot"
    hashed = encode_as(genres, "auto", max_columns=3, dimension=8)
    assert hashed.parameters["chosen"] == "hashed"
    assert hashed.rows.shape == (5, 8)
    assert not hashed.learned
