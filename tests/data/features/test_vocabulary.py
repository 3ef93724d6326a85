import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.features.vocabulary import count_words, keep_words
from a2bm2gl_tf.errors import UserError

# Document frequencies 3, 1, 2, 2 among the three rows that have words.
COUNTS = sp.csr_matrix(np.array([[1.0, 0, 9, 2], [1, 5, 1, 0], [2, 0, 0, 1], [0, 0, 0, 0]]))


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        ((1, 1.0), [0, 1, 2, 3]),
        ((2, 1.0), [0, 2, 3]),
        ((3, 1.0), [0]),
        ((4, 1.0), []),
        ((1, 0.99), [1, 2, 3]),
        ((1, 2 / 3), [1, 2, 3]),
        ((2, 0.5), []),
        ((1, 1.0, 1), [0]),
        ((1, 1.0, 2), [0, 2]),
        ((1, 1.0, 3), [0, 2, 3]),
        ((1, 0.7, 1), [2]),
    ],
)
def test_words_are_kept_by_document_frequency(limits, kept):
    assert keep_words(COUNTS, *limits).tolist() == kept


def test_tokens_are_counted_in_sorted_columns(texts):
    counts = count_words(texts("b a b", "", "c #a"))
    # Columns "#a", "a", "b", "c".
    assert counts.toarray().tolist() == [[0, 1, 2, 0], [0, 0, 0, 0], [1, 1, 0, 1]]


def test_titles_without_any_word_have_no_columns(texts):
    assert count_words(texts("!", "")).shape == (2, 0)


@pytest.mark.parametrize("bad", [0.5, -1, np.nan, np.inf])
def test_counts_must_count(words, bad):
    with pytest.raises(UserError, match=r"words\.txt: modality words: item 2 has a word .* times"):
        count_words(words([[1, 0], [3, bad], [0, 1]]))
