from math import log, sqrt

import numpy as np
import pytest

TITLES = ("cat cat dog", "cat bird", "dog fish", "", "cat")


def test_values_by_hand(texts, encode_as):
    encoded = encode_as(texts(*TITLES), "tfidf", min_count=1)
    # Four titles have words; columns bird (df 1), cat (3), dog (2), fish (1).
    bird = fish = 1 + log(5 / 2)
    cat, dog = 1 + log(5 / 4), 1 + log(5 / 3)
    twice = (1 + log(2)) * cat
    expected = [
        [0, twice / sqrt(twice**2 + dog**2), dog / sqrt(twice**2 + dog**2), 0],
        [bird / sqrt(bird**2 + cat**2), cat / sqrt(bird**2 + cat**2), 0, 0],
        [0, 0, dog / sqrt(dog**2 + fish**2), fish / sqrt(dog**2 + fish**2)],
        [0, 0, 0, 0],
        [0, 1, 0, 0],
    ]
    np.testing.assert_allclose(encoded.rows, expected, atol=1e-6)
    assert encoded.present.tolist() == [True, True, True, False, True]
    assert encoded.rows.dtype == np.float32
    assert not encoded.learned
    assert encoded.parameters["words_kept"] == 4


def test_bags_of_the_same_words_give_the_same_rows(texts, words, encode_as):
    bags = words([[0, 2, 1, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0], [0, 1, 0, 0]])
    for encoder in ("tfidf", "tfidf_svd"):
        by_text = encode_as(texts(*TITLES), encoder, min_count=1)
        by_count = encode_as(bags, encoder, min_count=1)
        np.testing.assert_array_equal(by_text.rows, by_count.rows)


def test_the_most_frequent_words_have_columns(texts, encode_as):
    encoded = encode_as(texts(*TITLES), "tfidf", min_count=1, max_columns=2)
    # Cat and dog; "dog fish" is a title of dog alone.
    np.testing.assert_allclose(encoded.rows[2], [0, 1], atol=1e-6)
    assert encoded.rows.shape == (5, 2)
    assert encoded.parameters["words_found"] == 4
    assert encoded.parameters["words_kept"] == 2


def test_titles_of_rare_words_alone_are_absent(texts, encode_as):
    encoded = encode_as(texts("cat", "cat", "unique"), "tfidf_svd")
    assert encoded.present.tolist() == [True, True, False]
    assert not encoded.rows[2].any()


def test_full_rank_keeps_inner_products(texts, encode_as):
    plain = encode_as(texts(*TITLES), "tfidf", min_count=1).rows
    reduced = encode_as(texts(*TITLES), "tfidf_svd", min_count=1, dimension=50)
    np.testing.assert_allclose(reduced.rows @ reduced.rows.T, plain @ plain.T, atol=1e-6)
    # Four titles of four words, no more directions than that.
    assert reduced.rows.shape == (5, 4)
    assert reduced.parameters["dimension"] == 4
    assert reduced.parameters["explained"] == 1
    assert reduced.learned


def test_equal_titles_take_one_direction(texts, encode_as):
    encoded = encode_as(texts("a b", "a b", "a b"), "tfidf_svd")
    np.testing.assert_allclose(encoded.rows, np.ones((3, 1)), rtol=1e-6)


@pytest.mark.parametrize("encoder", ["tfidf_svd", "doc2vec"])
def test_titles_of_a_topic_are_closer(texts, encode_as, two_topics, encoder):
    rows = encode_as(texts(*two_topics), encoder, dimension=8).rows
    rows = rows - rows.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = rows @ rows.T
    topic = np.arange(240) % 2
    same = topic[:, None] == topic
    np.fill_diagonal(same, False)
    other = topic[:, None] != topic
    assert cosines[same].mean() > cosines[other].mean() + 0.5


@pytest.mark.parametrize("encoder", ["tfidf_svd", "doc2vec"])
def test_the_seed_decides(texts, encode_as, two_topics, encoder):
    def rows(seed):
        return encode_as(texts(*two_topics[:60]), encoder, dimension=4, seed=seed).rows

    np.testing.assert_array_equal(rows(3), rows(3))
    assert (rows(3) != rows(4)).any()
