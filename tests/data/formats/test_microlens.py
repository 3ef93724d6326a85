import numpy as np
import pytest

TITLES = 'item,title\n30,"One, two\nthree"\n10,Second\n40,\n50,Never watched\n'


@pytest.fixture
def folder(tmp_path, write):
    write("S_pairs.tsv", "7\t30 10\r\n5\t10 40 30\r\n")
    write("S_likes_and_views.txt", "30\t1\t2\n")
    return tmp_path


def records(found):
    return list(
        zip(found.user_ids[found.users], found.item_ids[found.items], found.times, strict=True)
    )


def test_lists_by_hand(folder, read):
    raw = read(folder, "microlens")
    assert records(raw.interactions) == [(7, 30, 0), (7, 10, 1), (5, 10, 0), (5, 40, 1), (5, 30, 2)]
    assert raw.interactions.item_ids.tolist() == [10, 30, 40]
    assert raw.interactions.parts is None
    assert raw.contents == ()
    assert [file.name for file in raw.files] == ["S_pairs.tsv"]


def test_titles_join_the_catalogue(folder, write, read):
    write("S_titles.csv", TITLES)
    raw = read(folder, "microlens")
    assert raw.interactions.item_ids.tolist() == [10, 30, 40, 50]
    assert records(raw.interactions)[1] == (7, 10, 1)
    (title,) = raw.contents
    assert title.name == "title"
    assert title.item_ids.tolist() == [30, 10, 50]
    assert title.texts == ("One, two\nthree", "Second", "Never watched")
    assert raw.titles == {30: "One, two\nthree", 10: "Second", 50: "Never watched"}


@pytest.mark.parametrize("header", ["userID,videoID,timestamp", "user,item,timestamp"])
def test_a_table_has_a_clock_and_goes_before_lists(folder, write, read, header):
    write("S_pairs.csv", f"{header}\n7,30,1500\n9,10,1400\n")
    raw = read(folder, "microlens")
    assert records(raw.interactions) == [(7, 30, 1500), (9, 10, 1400)]


def test_covers_are_found_by_item(folder, write, read):
    for name in ("10.jpg", "30.PNG", "99.jpg", "list.txt"):
        write(f"S_covers/{name}", b"\x89picture")
    (cover,) = read(folder, "microlens").contents
    assert cover.name == "cover"
    assert cover.item_ids.tolist() == [10, 30, 99]
    assert [path.name for path in cover.paths] == ["10.jpg", "30.PNG", "99.jpg"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("S_pairs.tsv", "7\t30\n5\t-1\n", ("S_pairs.tsv: row 2: '-1' is not a whole number",)),
        ("S_pairs.tsv", "7\t30\n5\t1\n7\t2\n", ("row 3: user 7 was in an earlier row", "join")),
        ("S_pairs.tsv", "7\n5\n", ("S_pairs.tsv: no user has an item",)),
        ("T_pairs.tsv", "7\t30\n", ("T_pairs.tsv: S_pairs.tsv is there too", "move the other")),
        ("S_pairs.csv", "a,b,c\n1,2,3\n", ("S_pairs.csv: row 1: the header is a, b, c",)),
        ("S_pairs.csv", "user,item,timestamp\n1,2,3\n1,2,x\n", ("S_pairs.csv: row 3", "timestamp")),
        ("S_titles.csv", "item,title\n10,a\n10,b\n", ("S_titles.csv: row 3", "keep one of them")),
        ("S_titles.csv", "item,title\n10,a\n11\n", ("S_titles.csv: row 3: 1 columns where 2",)),
        ("S_titles.csv", "id,title\n10,a\n", ("S_titles.csv: row 1: there is no column 'item'",)),
        ("S_titles.csv", b"item,title\n10,\xff\n", ("S_titles.csv: row 2", "not valid UTF-8")),
        ("S_covers/77.jpg", "x", ("S_covers: no file is named after an item",)),
    ],
)
def test_faults(folder, write, refused, name, content, words):
    write(name, content)
    refused("microlens", folder, *words)


def test_two_pictures_of_an_item(folder, write, refused):
    write("S_covers/10.jpg", "x")
    write("S_covers/10.png", "x")
    refused("microlens", folder, "10.png: 10.jpg holds the same item; keep one of them")


def test_a_folder_without_pairs(tmp_path, refused):
    refused("microlens", tmp_path, "holds no *_pairs.tsv and no *_pairs.csv")


def test_real_microlens(real_data, read):
    raw = read(real_data("microlens-50k"), "microlens")
    found = raw.interactions
    assert (len(found.user_ids), len(found.item_ids), len(found)) == (50000, 19220, 359708)
    assert records(found)[:3] == [(1, 1958, 0), (1, 6346, 1), (1, 15223, 2)]
    assert [(content.name, len(content.item_ids)) for content in raw.contents] == [("title", 19220)]
    assert raw.titles[2].startswith("beautiful dish with 5 pounds")
    assert np.bincount(found.users).min() == 5
