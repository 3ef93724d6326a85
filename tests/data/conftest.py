from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

# User 3 has one rating; user 5 rates movie 2 twice; ids of users have a gap.
RATINGS = """\
1\t1\t5\t881250949
1\t2\t3\t881250950
1\t3\t1\t881250951
1\t4\t4\t881250952
1\t5\t4\t881250953
3\t5\t2\t881250954
5\t2\t4\t881250955
5\t2\t1\t881250956
5\t1\t1\t881250957
5\t3\t5\t881250958
5\t4\t5\t881250959
"""


def item_row(number, title, *genres):
    flags = "|".join("1" if genre in genres else "0" for genre in range(19))
    return f"{number}|{title}|01-Jan-1995||http://example.org/|{flags}\n"


@pytest.fixture
def movielens(tmp_path):
    """A five-movie MovieLens 100K folder."""
    folder = tmp_path / "ml"
    folder.mkdir()
    (folder / "u.data").write_text(RATINGS, encoding="latin-1")
    rows = [
        item_row(1, "Toy Story (1995)", 3, 4, 5),
        item_row(2, "Misérables, Les (1995)", 8),
        item_row(3, "Unclassified (1996)"),
        item_row(4, "Alien (1979)", 1, 11, 15, 16),
        item_row(5, "Gone Fishin' (1997)", 0, 18),
    ]
    (folder / "u.item").write_text("".join(rows), encoding="latin-1")
    return folder
