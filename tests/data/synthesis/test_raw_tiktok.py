import json

import numpy as np
import pytest

SIZE = (160, 1500, 2200)
# fmt: off
COLUMNS = (
    "uid", "user_city", "item_id", "author_id", "item_city", "channel",
    "finish", "like", "music_id", "did", "creat_time", "video_duration",
)
# fmt: on


@pytest.fixture(scope="module")
def folder(write_raw):
    return write_raw("tiktok", SIZE)


@pytest.fixture(scope="module")
def table(folder):
    rows = np.loadtxt(folder / "final_track2_train.txt", np.int64, delimiter="\t")
    return dict(zip(COLUMNS, rows.T, strict=True))


def _objects(folder, name):
    return [json.loads(line) for line in (folder / f"track2_{name}.txt").read_text().splitlines()]


def _finished(table):
    rows = table["finish"] == 1
    users = np.unique(table["uid"][rows], return_inverse=True)[1]
    ids, items = np.unique(table["item_id"][rows], return_inverse=True)
    return users, items, ids


def test_finished_records_are_exact_and_cover_all(table):
    users, items, ids = _finished(table)
    # A fifth of all records is not finished: 2200 / 0.8 = 2750.
    assert (len(users), len(table["uid"])) == (2200, 2750)
    pairs = np.stack([table["uid"], table["item_id"]])
    assert len(np.unique(pairs, axis=1).T) == 2750
    assert users.max() == 159
    assert len(ids) == 1500
    degrees = np.bincount(items)
    assert (degrees == 1).mean() > 0.5
    assert degrees.max() > 8


def test_columns_belong_to_users_and_items(table):
    for owner, name in (
        ("uid", "user_city"),
        ("uid", "did"),
        ("item_id", "author_id"),
        ("item_id", "item_city"),
        ("item_id", "channel"),
        ("item_id", "music_id"),
        ("item_id", "creat_time"),
        ("item_id", "video_duration"),
    ):
        pairs = np.unique(np.stack([table[owner], table[name]]), axis=1)
        assert pairs.shape[1] == len(np.unique(table[owner])), name
    assert set(np.unique(table["channel"])) == set(range(5))
    for name in ("user_city", "item_city", "music_id"):
        assert 0 < (table[name] == -1).mean() < 0.2, name
    assert table["video_duration"].min() >= 1
    assert table["like"][table["finish"] == 0].sum() == 0


def test_content_parses_and_covers_the_items(folder, table):
    known = set(table["item_id"].tolist())
    for name, key in (
        ("video_features", "video_feature_dim_128"),
        ("audio_features", "audio_feature_128_dim"),
    ):
        objects = _objects(folder, name)
        # floor(4% of 1500) items lack it.
        assert len({entry["item_id"] for entry in objects}) == len(objects) == 1440
        assert {len(entry[key]) for entry in objects} == {128}
    titles, faces = _objects(folder, "title"), _objects(folder, "face_attrs")
    for objects in (titles, faces):
        assert {entry["item_id"] for entry in objects} == known
        assert len(objects) == 1500
    counts = [count for entry in titles for count in entry["title_features"].values()]
    assert set(map(type, counts)) == {int}
    assert min(counts) == 1
    assert max(counts) > 1
    assert any(not entry["title_features"] for entry in titles)
    found = [face for entry in faces for face in entry["face_attrs"]]
    assert {face["gender"] for face in found} == {0, 1}
    positions = np.array([face["relative_position"] for face in found])
    assert positions.shape == (len(found), 4)
    assert ((positions[:, :2] + positions[:, 2:]) <= 1.0001).all()
    assert any(not entry["face_attrs"] for entry in faces)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("video_features", "video_feature_dim_128"),
        ("audio_features", "audio_feature_128_dim"),
    ],
)
def test_features_say_what_users_finish(folder, table, content_win_share, name, key):
    users, items, ids = _finished(table)
    features = np.zeros((len(ids), 128))
    for entry in _objects(folder, name):
        features[np.searchsorted(ids, entry["item_id"])] = entry[key]
    assert content_win_share(users, items, features) > 0.6


def test_titles_say_what_users_finish(folder, table, content_win_share):
    users, items, ids = _finished(table)
    features = np.zeros((len(ids), 6000))
    for entry in _objects(folder, "title"):
        for word, count in entry["title_features"].items():
            features[np.searchsorted(ids, entry["item_id"]), int(word)] = count
    features *= np.log(len(ids) / np.maximum((features > 0).sum(axis=0), 1))
    assert content_win_share(users, items, features) > 0.57


@pytest.mark.parametrize(("name", "margin"), [("author_id", 2), ("music_id", 2), ("channel", 1.2)])
def test_users_come_back_to_the_same(table, name, margin):
    rows = table["finish"] == 1
    users = np.unique(table["uid"][rows], return_inverse=True)[1]
    groups = np.unique(table[name][rows], return_inverse=True)[1]

    def same(values):
        """Pairs of a user's records that agree."""
        counts = np.unique(users * (values.max() + 1) + values, return_counts=True)[1]
        return (counts * (counts - 1)).sum()

    assert same(groups) > margin * same(np.random.default_rng(0).permutation(groups))


def test_bytes_follow_the_seed(folder, write_raw, digests):
    first = digests(folder)
    assert digests(write_raw("tiktok", SIZE)) == first
    assert not set(digests(write_raw("tiktok", SIZE, seed=1)).values()) & set(first.values())
