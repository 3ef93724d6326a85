import numpy as np

from a2bm2gl_tf.service.engine.name_search import NameSearch

IDS = ["a1", "b2", "ab3", "4"]
TITLES = ["Blue sea", "sea\nblue  A", "", "Ärger im SEE"]


def test_beginnings_come_before_the_middle_and_each_entry_once():
    search = NameSearch(IDS, TITLES)
    assert search.find("b", 9) == [("a1", "Blue sea"), ("b2", TITLES[1]), ("ab3", "")]
    assert search.find("se", 9) == [("b2", TITLES[1]), ("a1", "Blue sea"), ("4", TITLES[3])]
    assert search.find("blue", 9) == [("a1", "Blue sea"), ("b2", TITLES[1])]


def test_case_blanks_and_line_breaks_do_not_matter():
    search = NameSearch(IDS, TITLES)
    assert search.find("  SEA   Blue ", 9) == [("b2", TITLES[1])]
    assert search.find("ärger", 9) == search.find("ÄRGER", 9) == [("4", TITLES[3])]


def test_nothing_and_everything():
    search = NameSearch(IDS, TITLES)
    assert search.find("nowhere", 9) == []
    assert [original for original, _ in search.find("  ", 3)] == ["a1", "b2", "ab3"]
    assert NameSearch([], []).find("x", 3) == NameSearch([], []).find("", 3) == []


def test_a_name_is_not_found_across_two():
    # The id "a1" and the title after it stand side by side in the text that is searched.
    assert NameSearch(["a1", "b"], ["x", "y"]).find("a1 x", 5) == []
    assert NameSearch(["a", "b"], ["x", "y"]).find("x b", 5) == []


def test_agrees_with_a_plain_scan():
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abC "), 5)) for _ in range(300)]
    search = NameSearch(range(300), words)
    for text in ("a", "bc", "c a", "7", "12", "abc"):
        names = [(str(i), " ".join(word.casefold().split())) for i, word in enumerate(words)]
        first = [i for i, pair in enumerate(names) if any(n.startswith(text) for n in pair)]
        rest = [
            i for i, pair in enumerate(names) if any(text in n for n in pair) and i not in first
        ]
        for limit in (1, 10, 1000):
            found = [original for original, _ in search.find(text, limit)]
            assert found == (first + rest)[:limit]
