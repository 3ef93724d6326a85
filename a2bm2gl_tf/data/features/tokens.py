"""Words of free text, in any script."""

import unicodedata
from functools import cache
from itertools import pairwise

import regex

# Scripts written without spaces between words. Korean has spaces, but its words carry endings:
# pairs of syllables match where whole words would not.
_UNSPACED = "".join(
    rf"\p{{Script={script}}}"
    for script in ("Han", "Hiragana", "Katakana", "Hangul", "Thai", "Lao", "Khmer", "Myanmar")
)
# A long vowel belongs to kana, but is in Unicode's "common" script.
_UNSPACED += "\u30fc"
# Letters, marks (vowels of Indic scripts and Thai), numbers; apostrophes and joiners inside alone.
_WORD = r"[\p{L}\p{M}\p{N}_]+(?:['\u2019\u200c\u200d][\p{L}\p{M}\p{N}_]+)*"


@cache
def _patterns() -> tuple[regex.Pattern, regex.Pattern]:
    tokens = regex.compile(rf"#?{_WORD}")
    runs = regex.compile(rf"(?P<unspaced>[{_UNSPACED}][{_UNSPACED}\p{{M}}]*)|[^{_UNSPACED}]+")
    return tokens, runs


def tokenize(text: str) -> list[str]:
    """Splits text into lower-case words.

    Unicode is normalised (NFKC: full-width letters become plain ones) and case-folded. A word is a
    run of letters, marks, numbers and underscores. A hashtag such as "#Funny" gives the tag
    "#funny" and its word "funny", so that it meets titles that merely use the word. A run of a
    script without spaces gives its overlapping pairs of characters, or the one character that
    stands alone: "\u732b\u54aa\u89c6\u9891" gives "\u732b\u54aa", "\u54aa\u89c6" and
    "\u89c6\u9891"; a character is taken with its marks.

    Args:
      text: any string.

    Returns:
      The tokens in order of occurrence; empty if the text has no word.
    """
    token, run = _patterns()
    tokens = []
    for match in token.findall(unicodedata.normalize("NFKC", text).casefold()):
        word = match.replace("\u2019", "'")
        if word.startswith("#"):
            tokens.append(word)
        for part in run.finditer(word.removeprefix("#")):
            tokens += _pairs(part[0]) if part["unspaced"] else [part[0]]
    return tokens


def _pairs(text: str) -> list[str]:
    characters = regex.findall(r"\X", text)
    if len(characters) == 1:
        return characters
    return [first + second for first, second in pairwise(characters)]
