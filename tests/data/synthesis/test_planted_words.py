import numpy as np

from a2bm2gl_tf.data.synthesis.planted_preferences import draw_preferences
from a2bm2gl_tf.data.synthesis.planted_words import PlantedWords, count_words, draw_words


def test_items_of_a_genre_share_words():
    preferences = draw_preferences(5, 600, np.random.default_rng(0))
    words = draw_words(preferences, np.random.default_rng(1))
    bags = np.zeros((600, words.words.max() + 1))
    owners = np.repeat(np.arange(600), np.diff(words.offsets))
    np.add.at(bags, (owners, words.words), 1)
    assert bags[:, 0].sum() == 0
    together = bags @ bags.T
    same = preferences.genres[:, None] == preferences.genres
    np.fill_diagonal(together, np.nan)
    assert np.nanmean(together[same]) > 3 * np.nanmean(together[~same])
    lengths = np.diff(words.offsets)
    assert 5 < lengths[lengths > 0].mean() < 7
    assert 0.03 < (lengths == 0).mean() < 0.1


def test_repeated_words_are_counted():
    words = PlantedWords(np.array([4, 2, 4, 9, 2]), np.array([0, 3, 3, 5]))
    merged, counts = count_words(words)
    assert merged.words.tolist() == [2, 4, 2, 9]
    assert merged.offsets.tolist() == [0, 2, 2, 4]
    assert counts.tolist() == [1, 2, 1, 1]
