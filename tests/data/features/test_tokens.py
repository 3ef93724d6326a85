import pytest

from a2bm2gl_tf.data.features.tokens import tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("... \U0001f642 !!", []),
        ("The CAT sat", ["the", "cat", "sat"]),
        ("#Funny videos", ["#funny", "funny", "videos"]),
        ("# funny", ["funny"]),
        ("a#b ##c", ["a", "#b", "b", "#c", "c"]),
        ("It\u2019s don't '90s'", ["it's", "don't", "90s"]),
        ("snake_case v2", ["snake_case", "v2"]),
        ("Stra\u00dfe \ufb01ne \uff21\uff22", ["strasse", "fine", "ab"]),
        # Combining accents and Indic vowels belong to the word.
        ("Cafe\u0301", ["caf\u00e9"]),
        ("नमस्ते हिन्दी", ["नमस्ते", "हिन्दी"]),
        ("猫咪视频", ["猫咪", "咪视", "视频"]),
        ("猫", ["猫"]),
        ("日常vlog今天", ["日常", "vlog", "今天"]),
        ("#猫咪视", ["#猫咪视", "猫咪", "咪视"]),
        ("ラーメン", ["ラー", "ーメ", "メン"]),
        ("고양이", ["고양", "양이"]),
        ("สวัส", ["สวั", "วัส"]),
    ],
)
def test_words(text, tokens):
    assert tokenize(text) == tokens
