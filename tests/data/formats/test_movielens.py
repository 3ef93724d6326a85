import numpy as np
import pytest


def movie(number, title, *genres):
    flags = "|".join("1" if genre in genres else "0" for genre in range(19))
    return f"{number}|{title}|01-Jan-1995||http://example.org/|{flags}\n"


@pytest.fixture
def small(tmp_path, write):
    write("u.item", movie(1, "Misérables, Les", 8) + movie(2, "None") + movie(3, "X", 0, 18), "l1")
    write("u.data", "9\t1\t5\t20\n4\t3\t2\t10\n9\t3\t1\t30\n")
    write("u1.base", "9\t1\t5\t20\n9\t3\t1\t30\n")
    write("u1.test", "4\t3\t2\t10\n")
    return tmp_path


def test_movielens_100k_by_hand(small, read):
    raw = read(small, "movielens100k")
    found = raw.interactions
    assert found.user_ids.tolist() == [4, 9]
    assert found.item_ids.tolist() == [1, 2, 3]
    assert found.users.tolist() == [1, 0, 1]
    assert found.items.tolist() == [0, 2, 2]
    assert found.values.tolist() == [5, 2, 1]
    assert found.times.tolist() == [20, 10, 30]
    assert found.parts is None
    assert raw.titles == {1: "Misérables, Les", 2: "None", 3: "X"}
    (genre,) = raw.contents
    assert genre.item_ids.tolist() == [1, 3]
    expected = np.zeros((2, 19))
    expected[0, 8] = expected[1, 0] = expected[1, 18] = 1
    np.testing.assert_array_equal(genre.flags.toarray(), expected)
    assert genre.labels[8] == "genre=Drama"
    assert [path.name for path in raw.files] == ["u.item", "u.data"]
    assert raw.counts == {"records": 3}


def test_a_fold_gives_parts(small, read):
    raw = read(small, "movielens100k", fold="u1")
    found = raw.interactions
    assert found.user_ids[found.users].tolist() == [9, 9, 4]
    assert found.values.tolist() == [5, 1, 2]
    assert found.parts.dtype == np.uint8
    assert found.parts.tolist() == [0, 0, 2]


@pytest.mark.parametrize("fold", ["u1", "u2", "u3", "u4", "u5"])
def test_the_real_folds_are_80_to_20(real_data, read, fold):
    raw = read(real_data("ml-100k"), "movielens100k", fold=fold)
    assert np.bincount(raw.interactions.parts).tolist() == [80_000, 0, 20_000]
    assert (len(raw.interactions.user_ids), len(raw.interactions.item_ids)) == (943, 1682)


def test_the_real_ratings_against_another_reader(real_data, read):
    folder = real_data("ml-100k")
    raw = read(folder, "movielens100k")
    found = raw.interactions
    table = np.loadtxt(folder / "u.data", dtype=np.int64)
    np.testing.assert_array_equal(found.user_ids[found.users], table[:, 0])
    np.testing.assert_array_equal(found.item_ids[found.items], table[:, 1])
    np.testing.assert_array_equal(found.values, table[:, 2])
    np.testing.assert_array_equal(found.times, table[:, 3])
    assert (len(found), len(found.user_ids), len(found.item_ids)) == (100_000, 943, 1682)
    genres = [line.split("|")[0] for line in (folder / "u.genre").read_text().split()]
    assert [label.removeprefix("genre=") for label in raw.contents[0].labels] == genres
    assert raw.titles[543] == "Misérables, Les (1995)"


def test_bad_folds(small, refused):
    refused("movielens100k", small, "--fold=u9", "choose one of u1, u2", fold="u9")
    refused("movielens100k", small, "u2.base", "no such file", fold="u2")
    refused("movielens100k", small / "u.data", "--input", "is a file; give the folder")


RATINGS = "2::30::5::978300760\n1::10::3.5::978302109\n2::10::1::978301968\n"


@pytest.fixture
def million(tmp_path, write):
    write("ratings.dat", RATINGS)
    write(
        "movies.dat",
        "30::Amélie: the film (2001)::Comedy|Romance\n10::Alien (1979)::Horror|Romance\n"
        "20::Odd (1990)::(no genres listed)\n",
        "latin-1",
    )
    return tmp_path


def test_movielens_1m_by_hand(million, read):
    raw = read(million, "movielens1m")
    found = raw.interactions
    assert found.user_ids.tolist() == [1, 2]
    assert found.item_ids.tolist() == [10, 20, 30]
    assert found.users.tolist() == [1, 0, 1]
    assert found.items.tolist() == [2, 0, 0]
    assert found.values.tolist() == [5, 3.5, 1]
    assert found.times.tolist() == [978300760, 978302109, 978301968]
    assert raw.titles == {30: "Amélie: the film (2001)", 10: "Alien (1979)", 20: "Odd (1990)"}
    (genre,) = raw.contents
    assert genre.labels == ("genre=Comedy", "genre=Horror", "genre=Romance")
    assert genre.item_ids.tolist() == [30, 10]
    assert genre.flags.toarray().tolist() == [[1, 0, 1], [0, 1, 1]]


def test_titles_in_utf_8_stay_whole(million, write, read):
    write("movies.dat", "30::Amélie::Comedy\n10::Alien::Horror\n")
    assert read(million, "movielens1m").titles[30] == "Amélie"


@pytest.mark.parametrize(
    ("file", "line", "words"),
    [
        ("ratings.dat", "2::40::5::1", "movie 40 is not in movies.dat; use files of the same"),
        ("ratings.dat", "2::10::5", "3 columns where 4 are due; mend"),
        ("ratings.dat", "2::10::five::1", "column rating: 'five': is not a number; mend"),
        ("ratings.dat", "2::10::5::0x1F", "column time: '0x1F': is not a whole number; mend"),
        ("ratings.dat", "2\x1f10::5::1", "control character U+001F; remove it"),
        ("movies.dat", "10::Again::Comedy", "10 was in an earlier row; keep one"),
        ("movies.dat", "::None::Comedy", "column movie: '': the id is empty; fill it in"),
    ],
)
def test_a_bad_line_is_named(million, refused, file, line, words):
    with (million / file).open("a") as out:
        out.write(line + "\n")
    refused("movielens1m", million, f"{file}: row 4: ", words)
