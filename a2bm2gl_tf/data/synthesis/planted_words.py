"""Anonymous words of generated items: numbers that stand for words, drawn by what an item is like.

Raw micro-video data gives titles and captions as word ids. An item's words come from three lists:
those of its genre, those of its subject (the largest of its first six own factors), and common ones
that say nothing.
"""

import dataclasses

import numpy as np

from a2bm2gl_tf.data.synthesis.planted_preferences import NUM_GENRES, PlantedPreferences

_NUM_SUBJECTS = 6
_LIST_LENGTH = 80
_COMMON_LENGTH = 1500
_SHARES = (0.5, 0.25)
_MEAN_LENGTH = 6.0
_WORDLESS_SHARE = 0.06


@dataclasses.dataclass(frozen=True)
class PlantedWords:
    """Word ids of V items, one item after another.

    Attributes:
      words: int64 (n,), 1 or more; 0 is no word. A word may occur twice in an item.
      offsets: int64 (V + 1,), item v has the words from offsets[v] to offsets[v + 1].
    """

    words: np.ndarray
    offsets: np.ndarray


def draw_words(preferences: PlantedPreferences, rng: np.random.Generator) -> PlantedWords:
    """Draws the words of items: 6 on average, none for one item in sixteen.

    Args:
      preferences: of V items.
      rng: source of randomness.
    """
    num_items = len(preferences.genres)
    lengths = 1 + rng.poisson(_MEAN_LENGTH - 1, size=num_items)
    lengths[rng.random(num_items) < _WORDLESS_SHARE] = 0
    owners = np.repeat(np.arange(num_items), lengths)
    subjects = preferences.own_factors[:, :_NUM_SUBJECTS].argmax(axis=1)
    # Squaring a uniform number favours the front of a list, as a few words are frequent in any.
    place = rng.random(len(owners)) ** 2
    which = np.searchsorted(np.cumsum(_SHARES), rng.random(len(owners)), side="right")
    in_list = (place * _LIST_LENGTH).astype(np.int64)
    lists = (
        preferences.genres[owners] * _LIST_LENGTH + in_list,
        (NUM_GENRES + subjects[owners]) * _LIST_LENGTH + in_list,
        (NUM_GENRES + _NUM_SUBJECTS) * _LIST_LENGTH + (place * _COMMON_LENGTH).astype(np.int64),
    )
    # Ids in the files are unrelated to the lists that the words are from.
    ids = rng.permutation((NUM_GENRES + _NUM_SUBJECTS) * _LIST_LENGTH + _COMMON_LENGTH) + 1
    return PlantedWords(
        words=ids[np.choose(which, lists)],
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
    )


def count_words(words: PlantedWords) -> tuple[PlantedWords, np.ndarray]:
    """Merges the repeated words of each item.

    Returns:
      The words, each once an item and ascending, and int64 (m,), how often each occurs.
    """
    num_items = len(words.offsets) - 1
    owners = np.repeat(np.arange(num_items), np.diff(words.offsets))
    width = int(words.words.max(initial=0)) + 1
    codes, counts = np.unique(owners * width + words.words, return_counts=True)
    offsets = np.searchsorted(codes, np.arange(num_items + 1) * width)
    return PlantedWords(codes % width, offsets), counts
