import numpy as np
import pytest

from a2bm2gl_tf.data.preparation.align import align_contents
from a2bm2gl_tf.errors import UserError

# user, photo, click, like, follow, time, playing time, duration
RECORDS = """\
7\t100\t1\t0\t0\t1500\t3\t10
5\t200\t0\t1\t0\t1501\t0\t20
7\t300\t0\t0\t0\t1502\t1\t30
5\t100\t1\t1\t0\t1499\t9\t11
9\t400\t0\t0\t1\t1503\t2\t40
"""


@pytest.fixture
def folder(tmp_path, write):
    write("train_interaction.txt", RECORDS)
    write("train_text.txt", "100\t17,4,17\n200\t0\n300\t4\n500\t0,9\n")
    (tmp_path / "final_visual_train").mkdir()
    return tmp_path


def save_visual(folder, name, values):
    with (folder / "final_visual_train" / name).open("wb") as file:
        np.save(file, values)


@pytest.fixture
def visual(folder):
    save_visual(folder, "100", np.array([[1.0, 2.0, 3.0], [9.0, 9.0, 9.0]]))
    save_visual(folder, "200.npy", np.array([[4.0, 5.0, 6.0]], np.float16))
    save_visual(folder, "300.npy", np.ones((1, 7)))
    save_visual(folder, "777.npy", np.zeros((1, 3)))
    return folder


@pytest.mark.parametrize(
    ("positive", "pairs"),
    [
        (None, [(7, 100, 1500), (5, 100, 1499)]),
        ("click", [(7, 100, 1500), (5, 100, 1499)]),
        ("like", [(5, 200, 1501), (5, 100, 1499)]),
        ("follow", [(9, 400, 1503)]),
        ("any", [(7, 100, 1500), (5, 200, 1501), (5, 100, 1499), (9, 400, 1503)]),
    ],
)
def test_the_positive_signal_decides_what_is_an_interaction(write, tmp_path, read, positive, pairs):
    write("train_interaction.txt", RECORDS)
    raw = read(tmp_path, "kwai", positive=positive)
    found = raw.interactions
    users, items = found.user_ids[found.users], found.item_ids[found.items]
    assert list(zip(users, items, found.times, strict=True)) == pairs
    assert found.user_ids.tolist() == sorted({user for user, _, _ in pairs})
    assert found.item_ids.tolist() == sorted({item for _, item, _ in pairs})
    assert raw.counts == {"records": 5, "interactions": len(pairs), "photos shown": 4}


@pytest.mark.parametrize(
    ("positive", "left_out"), [(None, [200, 300, 400]), ("like", [300, 400]), ("any", [300])]
)
def test_content_of_photos_without_the_signal_is_left_out(folder, write, read, positive, left_out):
    (folder / "final_visual_train").rmdir()
    write("train_text.txt", "100\t17,4,17\n200\t0,1\n300\t4\n")
    raw = read(folder, "kwai", positive=positive)
    assert raw.left_out.dtype == raw.interactions.item_ids.dtype
    assert raw.left_out.tolist() == left_out
    # Text and durations are of all photos shown, and prepare refuses strangers.
    policies = {"missing_features": "mask", "extra_items": "refuse"}
    catalogue = raw.interactions.item_ids
    _, aligned = align_contents(raw.contents, catalogue, raw.left_out, folder, **policies)
    assert all(set(one.content.item_ids) <= set(catalogue) for one in aligned)
    nothing = catalogue[:0]
    with pytest.raises(UserError, match=f"item {left_out[0]} "):
        align_contents(raw.contents, catalogue, nothing, folder, **policies)


def test_contents(visual, read):
    raw = read(visual, "kwai", positive="any")
    features, text, duration = raw.contents
    assert (features.name, text.name, duration.name) == ("visual", "text", "duration")
    # Photo 777 was never shown, 300 was without a signal.
    assert features.item_ids.tolist() == [100, 200, 777]
    assert features.rows.dtype == np.float32
    assert features.rows.tolist() == [[1, 2, 3], [4, 5, 6], [0, 0, 0]]
    assert raw.counts["visual files passed over"] == 1
    # Words 4, 9, 17; photo 200 has none, and word 0 of photo 500 stands for none.
    assert text.item_ids.tolist() == [100, 300, 500]
    assert text.counts.has_canonical_format
    assert text.counts.data.tolist() == [1, 2, 1, 1]
    assert text.counts.toarray().tolist() == [[1, 0, 2], [1, 0, 0], [0, 1, 0]]
    # Four photos, four buckets; photo 100 counts with its first duration, 10 and not 11.
    assert duration.item_ids.tolist() == [100, 200, 300, 400]
    assert duration.labels == tuple(f"duration<={edge}" for edge in (10, 20, 30, 40))
    np.testing.assert_array_equal(duration.flags.toarray(), np.eye(4))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("7\t1\t2\t0\t0\t1\t1\t1", "column click: 2 is neither 0 nor 1"),
        ("7\t1\t1\t0\t0\t1\t1", "7 columns where 8 are due"),
        ("7\t1\t1\t0\t-1\t1\t1\t1", "column follow: '-1': is negative"),
        ("7\t1\t1\t0\t0\t1.5\t1\t1", "column time: '1.5': is not a whole number"),
        ("7\t1\t1\t0\t0\t1\t1\tnan", "column duration_time: 'nan': is not finite"),
        ("7\t1\t1\t0\t0\t1\t1\t-4", "column duration_time: -4 is negative"),
        ("\t1\t1\t0\t0\t1\t1\t1", "column user_id: '': the id is empty"),
        ("\n7\t100\t1\t0\t0\t1500\t3\t10", "the line is blank"),
    ],
)
def test_a_bad_record_is_named(folder, write, refused, line, words):
    write("train_interaction.txt", RECORDS + line + "\n")
    refused("kwai", folder, "train_interaction.txt: row 6: ", words, "; ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("100\t17,,4\n", ("row 1", "'17,,4' is not word numbers joined by commas", "mend")),
        ("100\t1\n200\tx\n", ("row 2", "'x' is not word numbers", "mend")),
        ("100\t1\n200\t1\n100\t1\n", ("row 3", "100 was in an earlier row", "keep one")),
        ("100\t" + "9" * 19 + "\n", ("row 1", "is not word numbers", "mend")),
    ],
)
def test_bad_words(folder, write, refused, content, words):
    (folder / "final_visual_train").rmdir()
    write("train_text.txt", content)
    refused("kwai", folder, "train_text.txt", *words)


def test_bad_visual_files(visual, refused):
    def again(values, *words):
        save_visual(visual, "200.npy", values)
        refused("kwai", visual, "200.npy", *words, positive="any")

    again(np.ones((1, 4)), "4 numbers where 100 has 3", "use files of the same release")
    again(np.array([[1, np.nan, 1]]), "row 1 holds NaN", "mend")
    again(np.ones((0, 3)), "give a row of real numbers")
    save_visual(visual, "200.npy", np.ones((1, 3)))
    save_visual(visual, "200", np.ones((1, 3)))
    refused("kwai", visual, "200.npy", "same item", "keep one", positive="any")


def test_flags_that_leave_nothing(folder, write, refused):
    refused("kwai", folder, "--positive=share", "click, like, follow, any", positive="share")
    write("train_interaction.txt", "7\t100\t1\t0\t0\t1500\t3\t10\n")
    refused("kwai", folder, "no record has like = 1", "another --positive", positive="like")
    refused("kwai", folder, "--fold=u1", "leave the flag out", fold="u1")
    refused("kwai", folder, "no file is named after an item", "such as 100.npy")
