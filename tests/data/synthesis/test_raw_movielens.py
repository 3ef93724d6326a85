import numpy as np
import pytest

from a2bm2gl_tf.data.movielens import read_movielens_100k
from a2bm2gl_tf.data.options import DatasetOptions

SIZE = (120, 150, 3600)


@pytest.fixture(scope="module")
def folder(write_raw):
    return write_raw("movielens", SIZE)


@pytest.fixture(scope="module")
def ratings(folder):
    return np.loadtxt(folder / "u.data", np.int64, delimiter="\t")


def test_counts_are_exact_and_pairs_do_not_repeat(ratings):
    assert ratings.shape == (3600, 4)
    assert len(np.unique(ratings[:, :2], axis=0)) == 3600
    np.testing.assert_array_equal(np.unique(ratings[:, 0]), np.arange(1, 121))
    np.testing.assert_array_equal(np.unique(ratings[:, 1]), np.arange(1, 151))
    assert np.bincount(ratings[:, 0])[1:].min() >= 20


def test_sparse_data_covers_all_too(write_raw):
    ratings = np.loadtxt(write_raw("movielens", (60, 300, 1200)) / "u.data", np.int64)
    assert len(np.unique(ratings[:, :2], axis=0)) == len(ratings) == 1200
    assert [len(np.unique(ratings[:, column])) for column in (0, 1)] == [60, 300]


def test_ratings_have_the_shares_and_times_the_span_of_the_original(ratings):
    shares = np.bincount(ratings[:, 2], minlength=6) / 3600
    np.testing.assert_allclose(shares, [0, 0.061, 0.114, 0.271, 0.342, 0.212], atol=0.002)
    assert 874_724_710 <= ratings[:, 3].min() < ratings[:, 3].max() < 893_286_639
    # A user's ratings lie in at most twelve sessions of half an hour.
    for user in (1, 60, 120):
        times = np.sort(ratings[ratings[:, 0] == user, 3])
        assert (np.diff(times) > 1800).sum() < 12


def test_other_files(folder):
    assert (folder / "u.info").read_text() == "120 users\n150 items\n3600 ratings\n"
    movies = (folder / "u.item").read_bytes().decode("latin-1").splitlines()
    assert {row.count("|") for row in movies} == {23}
    flags = np.array([row.split("|")[5:] for row in movies], int)
    assert set(flags.sum(axis=1)) == {1, 2}
    assert flags[:, 0].sum() == 0
    genres = (folder / "u.genre").read_text().splitlines()
    assert (len(genres), genres[0], genres[18]) == (19, "unknown|0", "Western|18")
    people = [row.split("|") for row in (folder / "u.user").read_text().splitlines()]
    assert [int(row[0]) for row in people] == list(range(1, 121))
    occupations = set((folder / "u.occupation").read_text().split())
    assert {row[3] for row in people} <= occupations


def test_the_reader_of_the_original_reads_it(folder):
    dataset = read_movielens_100k(DatasetOptions(data_dir=folder))
    assert dataset.train.shape == (120, 150)
    assert dataset.train.nnz + dataset.validation.nnz + dataset.test.nnz == 3600


def test_bytes_follow_the_seed(folder, write_raw, digests):
    assert digests(write_raw("movielens", SIZE)) == digests(folder)
    other = digests(write_raw("movielens", SIZE, seed=1))
    assert all(other[name] != digests(folder)[name] for name in ("u.data", "u.item", "u.user"))


def test_others_with_like_taste_tell_what_a_user_watches(ratings, collaborative_win_share):
    assert collaborative_win_share(ratings[:, 0] - 1, ratings[:, 1] - 1) > 0.6


def test_ratings_agree_with_genres(folder, ratings):
    movies = (folder / "u.item").read_text("latin-1").splitlines()
    genre = np.array([row.split("|")[5:] for row in movies], int).argmax(axis=1)
    users, genres = ratings[:, 0], genre[ratings[:, 1] - 1]
    # Of the variance of ratings, user and genre together explain far more than shuffled ones do.
    groups = users * 19 + genres
    means = np.bincount(groups, ratings[:, 2]) / np.maximum(np.bincount(groups), 1)
    explained = means[groups].var() / ratings[:, 2].var()
    shuffled = np.random.default_rng(0).permutation(ratings[:, 2])
    means = np.bincount(groups, shuffled) / np.maximum(np.bincount(groups), 1)
    assert explained > 1.3 * means[groups].var() / ratings[:, 2].var()


@pytest.mark.slow
def test_the_size_of_movielens_100k(write_raw, collaborative_win_share):
    ratings = np.loadtxt(write_raw("movielens", (943, 1682, 100_000)) / "u.data", np.int64)
    assert len(np.unique(ratings[:, :2], axis=0)) == len(ratings) == 100_000
    assert len(np.unique(ratings[:, 0])) == 943
    assert len(np.unique(ratings[:, 1])) == 1682
    assert collaborative_win_share(ratings[:, 0] - 1, ratings[:, 1] - 1) > 0.75
