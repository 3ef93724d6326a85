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
