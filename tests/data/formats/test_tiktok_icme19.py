import json

import numpy as np
import pytest

from a2bm2gl_tf.data.preparation.align import align_contents
from a2bm2gl_tf.errors import UserError

# uid, user_city, item, author, item_city, channel, finish, like, music, did, creat_time, duration
RECORDS = """\
7\t1\t100\t11\t5\t0\t1\t0\t21\t3\t1500\t10
5\t1\t300\t12\t-1\t0\t0\t1\t-1\t3\t1400\t20
7\t1\t200\t11\t6\t3\t1\t1\t22\t3\t1501\t30
5\t1\t100\t13\t5\t0\t1\t0\t21\t3\t1500\t10
9\t1\t400\t14\t5\t0\t0\t0\t23\t3\t1502\t40
"""
VIDEO = [(100, [1.0, 2]), (400, [3, 4]), (200, []), (300, [-0.5, 1e-3])]


def lines(key, entries):
    return "".join(json.dumps({"item_id": item, key: value}) + "\n" for item, value in entries)


@pytest.fixture
def folder(tmp_path, write):
    write("final_track2_train.txt", RECORDS)
    write("track2_video_features.txt", lines("video_feature_dim_128", VIDEO))
    return tmp_path


def pairs(found):
    return list(zip(found.user_ids[found.users], found.item_ids[found.items], strict=True))


@pytest.mark.parametrize(
    ("positive", "expected"),
    [
        (None, [(7, 100), (7, 200), (5, 100)]),
        ("finish", [(7, 100), (7, 200), (5, 100)]),
        ("like", [(5, 300), (7, 200)]),
        ("any", [(7, 100), (5, 300), (7, 200), (5, 100)]),
    ],
)
def test_the_positive_signal_decides_what_is_an_interaction(folder, read, positive, expected):
    raw = read(folder, "tiktok_icme19", positive=positive)
    assert pairs(raw.interactions) == expected
    assert raw.interactions.item_ids.tolist() == sorted({item for _, item in expected})
    assert raw.interactions.times is None
    assert raw.counts["records"] == 5
    assert raw.counts["interactions"] == len(expected)
    assert raw.counts["items shown"] == 4


@pytest.mark.parametrize(
    ("positive", "left_out"),
    [(None, [300, 400]), ("like", [100, 400]), ("any", [400])],
)
def test_content_of_items_without_the_signal_is_left_out(folder, read, positive, left_out):
    raw = read(folder, "tiktok_icme19", positive=positive)
    assert raw.left_out.dtype == raw.interactions.item_ids.dtype
    assert raw.left_out.tolist() == left_out
    # The video features hold items of both sorts, and prepare refuses strangers.
    policies = {"missing_features": "mask", "extra_items": "refuse"}
    catalogue = raw.interactions.item_ids
    _, aligned = align_contents(raw.contents, catalogue, raw.left_out, folder, **policies)
    assert all(set(one.content.item_ids) <= set(catalogue) for one in aligned)
    nothing = catalogue[:0]
    with pytest.raises(UserError, match=f"item {left_out[0]} "):
        align_contents(raw.contents, catalogue, nothing, folder, **policies)


def test_what_records_say_of_items(folder, read):
    raw = read(folder, "tiktok_icme19", positive="any")
    said = {content.name: content for content in raw.contents}
    assert list(said) == ["author", "city", "channel", "music", "duration", "visual"]
    # The fourth record names another author of item 100; the first one counts.
    assert said["author"].item_ids.tolist() == [100, 200, 300]
    assert said["author"].labels == ("author=11", "author=12")
    assert said["author"].flags.toarray().tolist() == [[1, 0], [1, 0], [0, 1]]
    assert raw.counts["records whose item looks different from its first"] == 1
    # City and music of item 300 are unknown.
    assert said["city"].item_ids.tolist() == said["music"].item_ids.tolist() == [100, 200]
    assert said["channel"].labels == ("channel=0", "channel=3")
    assert said["duration"].labels == ("duration<=10", "duration<=20", "duration<=30")
    assert said["duration"].flags.toarray().tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_vectors(folder, write, read):
    write("audio.json", lines("audio_feature_128_dim", [(300, [9])]))
    raw = read(folder, "tiktok_icme19")
    visual, acoustic = (
        content for content in raw.contents if content.name in ("visual", "acoustic")
    )
    assert visual.item_ids.tolist() == [100, 400, 300]
    assert visual.rows.dtype == np.float32
    np.testing.assert_array_equal(visual.rows, np.float32([[1, 2], [3, 4], [-0.5, 1e-3]]))
    assert acoustic.item_ids.tolist() == [300]
    assert acoustic.rows.tolist() == [[9]]
    assert [file.name for file in raw.files] == [
        *("final_track2_train.txt", "track2_video_features.txt", "audio.json")
    ]


def test_titles(folder, write, read):
    entries = [(200, {"17": 2, "3": 1}), (100, {}), (300, []), (400, {"3": 4})]
    write("track2_title.txt", lines("title_features", entries))
    (title,) = (c for c in read(folder, "tiktok_icme19").contents if c.name == "title")
    assert title.item_ids.tolist() == [200, 400]
    # Columns are the words 3 and 17.
    assert title.counts.toarray().tolist() == [[1, 2], [4, 0]]
    assert title.counts.dtype == np.float32


def test_faces(folder, write, read):
    one = {"gender": 1, "beauty": 0.5, "relative_position": [0.1, 0.2, 0.5, 0.5]}
    other = {"gender": 0, "beauty": 0.25, "relative_position": [0, 0, 1.0, 0.5]}
    write("faces.txt", lines("face_attrs", [(100, [one, other]), (200, []), (300, [one])]))
    (face,) = (c for c in read(folder, "tiktok_icme19").contents if c.name == "face")
    assert face.item_ids.tolist() == [100, 300]
    # Faces, the largest one's share of the picture, mean beauty, share of gender 1.
    assert face.rows.tolist() == [[2, 0.5, 0.375, 0.5], [1, 0.25, 0.5, 1]]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("7\t1\t100\t11\t5\t0\t1\t0\t21\t3\t1500", ("row 6: 11 columns where 12 are due",)),
        ("7\t1\t100\t11\t5\t0\t2\t0\t21\t3\t1500\t9", ("row 6: column finish: 2 is neither 0",)),
        ("7\t1\t100\t11\t5\t0\t1\tx\t21\t3\t1500\t9", ("row 6: column like: 'x'", "mend the row")),
        ("7\t1\t\t11\t5\t0\t1\t0\t21\t3\t1500\t9", ("row 6: column item_id", "empty")),
        ("7\t1\t100\t1.5\t5\t0\t1\t0\t21\t3\t1500\t9", ("row 6: column author_id: '1.5'",)),
        ("7\t1\t100\t11\t5\t0\t1\t0\t21\t3\t1500\tnan", ("row 6: column video_duration: 'nan'",)),
        ("\n" + RECORDS, ("row 6: the line is blank; remove it",)),
    ],
)
def test_faults_of_records(folder, write, refused, row, words):
    write("final_track2_train.txt", RECORDS + row + "\n")
    refused("tiktok_icme19", folder, "final_track2_train.txt: ", *words)


GOOD = {
    "video_feature_dim_128": [1.0, 2.0],
    "title_features": {"1": 1},
    "face_attrs": [{"gender": 1, "beauty": 0.5, "relative_position": [0, 0, 1, 1]}],
}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("video_feature_dim_128", [1.0], ("has 1 numbers where 2 are due",)),
        ("video_feature_dim_128", [1.0, "2"], ("no list of finite numbers",)),
        ("video_feature_dim_128", [1.0, True], ("no list of finite numbers",)),
        ("video_feature_dim_128", [1.0, None], ("no list of finite numbers",)),
        ("video_feature_dim_128", [1.0, 1e300], ("no list of finite numbers",)),
        ("video_feature_dim_128", [[1.0, 2.0]], ("no list of finite numbers",)),
        ("video_feature_dim_128", {"0": 1.0}, ("no list of finite numbers",)),
        ("video_feature_dim_128", "1 2", ("no list of finite numbers",)),
        ("title_features", {"x": 1}, ("no object of word numbers and counts",)),
        ("title_features", {"-1": 1}, ("no object of word numbers and counts",)),
        ("title_features", {"1": 0}, ("no object of word numbers and counts",)),
        ("title_features", {"1": 1.5}, ("no object of word numbers and counts",)),
        ("title_features", {"1": True}, ("no object of word numbers and counts",)),
        ("title_features", {"9" * 30: 1}, ("no object of word numbers and counts",)),
        ("title_features", [1, 2], ("no object of word numbers and counts",)),
        ("face_attrs", [{"gender": 1}], ("no list of faces",)),
        ("face_attrs", [1], ("no list of faces",)),
        ("face_attrs", {"gender": 1}, ("no list of faces",)),
        ("face_attrs", [{**GOOD["face_attrs"][0], "beauty": "x"}], ("no list of faces",)),
        (
            "face_attrs",
            [{**GOOD["face_attrs"][0], "relative_position": [1]}],
            ("no list of faces",),
        ),
    ],
)
def test_faults_of_features(folder, write, refused, key, value, words):
    write("track2_video_features.txt", lines(key, [(100, GOOD[key]), (200, value), (300, 7)]))
    said = (f"track2_video_features.txt: row 2: {key}", *words, "mend or remove the line")
    refused("tiktok_icme19", folder, *said)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            '{"item_id": 100, "video_feature_dim_128": [1, 2]}',
            ("item 100 was in row 1", "keep one"),
        ),
        ('{"item_id": "x", "video_feature_dim_128": [1]}', ("item_id is 'x'", "whole number")),
        ('{"item_id": -1, "video_feature_dim_128": [1, 2]}', ("item_id is '-1'",)),
        ('{"item_id": 1.0, "video_feature_dim_128": [1, 2]}', ("item_id is '1.0'",)),
        (
            '{"item_id": 99999999999999999999, "video_feature_dim_128": [1]}',
            ("item_id is '1e+20'",),
        ),
        ('{"video_feature_dim_128": [1, 2]}', ("item_id is 'None'",)),
        ('{"item_id": 5}', ("video_feature_dim_128 is missing", "mend or remove")),
        ("[1, 2]", ("holds a list where an object is due",)),
        ('{"item_id": 5, ', ("not JSON",)),
        ("", ("the line is blank",)),
    ],
)
def test_faults_of_lines(folder, write, refused, line, words):
    first = lines("video_feature_dim_128", VIDEO[:1])
    write("track2_video_features.txt", first + line + "\n")
    refused("tiktok_icme19", folder, "track2_video_features.txt: row 2: ", *words)


def test_bytes_that_are_not_utf8(folder, write, refused):
    write("track2_video_features.txt", lines("video_feature_dim_128", VIDEO).encode() + b'{"\xff"}')
    refused("tiktok_icme19", folder, "track2_video_features.txt: row 5: not JSON", "UTF-8")


def test_other_faults(folder, write, refused):
    refused("tiktok_icme19", folder, "--positive=click: unknown; choose", positive="click")
    write("again.txt", lines("video_feature_dim_128", VIDEO))
    refused("tiktok_icme19", folder, "again.txt holds video_feature_dim_128 too; keep one")
    write("again.txt", lines("audio_feature_128_dim", [(100, []), (200, [])]))
    refused("tiktok_icme19", folder, "again.txt: no item has audio_feature_128_dim")
    write(
        "final_track2_train.txt", RECORDS.replace("\t1\t0\t2", "\t0\t0\t2").splitlines()[0] + "\n"
    )
    refused("tiktok_icme19", folder, "no record has like = 1", "another", positive="like")
    (folder / "final_track2_train.txt").unlink()
    refused("tiktok_icme19", folder, "final_track2_train.txt: no such file")
