import numpy as np
import pytest

SIZE = (150, 240, 4200)


@pytest.fixture(scope="module")
def folder(write_raw):
    return write_raw("kwai", SIZE)


@pytest.fixture(scope="module")
def table(folder):
    return np.loadtxt(folder / "train_interaction.txt", np.int64, delimiter="\t")


def _pairs(table):
    users = np.unique(table[:, 0], return_inverse=True)[1]
    photos = np.unique(table[:, 1], return_inverse=True)[1]
    return users, photos


def test_clicks_are_exact_and_cover_all(table):
    clicked = table[table[:, 2] == 1]
    # A fifth of all records is no click: 4200 / 0.8 = 5250.
    assert (len(clicked), len(table)) == (4200, 5250)
    assert len(np.unique(table[:, :2], axis=0)) == 5250
    assert len(np.unique(clicked[:, 0])) == 150
    assert len(np.unique(clicked[:, 1])) == 240


def test_records_make_sense(table):
    clicked = table[:, 2] == 1
    assert table[~clicked, 3:5].sum() == 0
    assert table[~clicked, 6].sum() == 0
    assert 0 < table[clicked, 3].mean() < 0.05
    assert (np.diff(table[:, 5]) >= 0).all()
    assert table[:, 5].max() < 30 * 86_400_000
    assert (table[:, 6] <= table[:, 7]).all()
    assert table[clicked, 6].mean() > 1000
    # A photo has one duration.
    assert len(np.unique(table[:, [1, 7]], axis=0)) == 240


def test_photo_ids_are_sparse_and_unordered(folder, table):
    photos = np.unique(table[:, 1])
    assert photos.max() > 2 * 240
    listed = [line.split("\t")[0] for line in (folder / "train_text.txt").read_text().splitlines()]
    assert sorted(map(int, listed)) == photos.tolist()
    assert listed != sorted(listed, key=int)


def test_words_are_numbers_or_none(folder):
    words = [line.split("\t")[1] for line in (folder / "train_text.txt").read_text().splitlines()]
    assert 0 < words.count("0") < 40
    assert all(int(word) > 0 for text in words if text != "0" for word in text.split(","))


def test_visual_files_say_what_users_like(folder, table, content_win_share):
    photos = np.unique(table[:, 1])
    files = list((folder / "final_visual_train").iterdir())
    assert sorted(int(file.name) for file in files) == photos.tolist()
    rows = [np.load(folder / "final_visual_train" / str(photo)) for photo in photos]
    assert {(row.shape, row.dtype.str) for row in rows} == {((1, 2048), "<f4")}
    users, items = _pairs(table)
    clicked = table[:, 2] == 1
    features = np.concatenate(rows)
    assert content_win_share(users[clicked], items[clicked], features) > 0.7
    # What was shown and not clicked is not to their taste.
    assert content_win_share(users[~clicked], items[~clicked], features) < 0.6


def test_others_with_like_taste_tell_what_a_user_clicks(table, collaborative_win_share):
    users, items = _pairs(table)
    clicked = table[:, 2] == 1
    assert collaborative_win_share(users[clicked], items[clicked]) > 0.65


def test_bytes_follow_the_seed_and_leave_out_what_is_not_asked(folder, write_raw, digests):
    first = digests(folder)
    assert digests(write_raw("kwai", SIZE)) == first
    plain = digests(write_raw("kwai", SIZE, visual=False))
    assert plain == {name: first[name] for name in ("train_interaction.txt", "train_text.txt")}
    other = digests(write_raw("kwai", SIZE, seed=1, visual=False))
    assert not set(other.values()) & set(plain.values())


def test_sparse_data_covers_all_too(write_raw):
    folder = write_raw("kwai", (60, 300, 330), visual=False)
    table = np.loadtxt(folder / "train_interaction.txt", np.int64)
    clicked = table[table[:, 2] == 1]
    assert len(np.unique(table[:, :2], axis=0)) == len(table)
    assert [len(np.unique(clicked[:, column])) for column in (0, 1)] == [60, 300]


def test_no_negatives_on_request(write_raw):
    folder = write_raw("kwai", SIZE, negative_share=0.0, visual=False)
    table = np.loadtxt(folder / "train_interaction.txt", np.int64)
    assert (len(table), table[:, 2].sum()) == (4200, 4200)
