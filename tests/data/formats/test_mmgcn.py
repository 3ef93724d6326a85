import pickle

import numpy as np
import pytest

from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION

# Three users; items 0 to 3, of which 3 has no interaction.
TRAIN_PAIRS = [(0, 2), (0, 0), (1, 2), (2, 1)]
HELD_OUT = {"val": [[0, 1], [1], [2, 1, 0]], "test": [[0], [1, 0], [2]]}


def save_rows(path, rows):
    array = np.empty(len(rows), object)
    array[:] = rows
    np.save(path, array, allow_pickle=True)


def save_dictionary(path, dictionary):
    np.save(path, np.array(dictionary, object), allow_pickle=True)


def write_layout(folder, names, offset=0):
    np.save(folder / names[0], np.add(TRAIN_PAIRS, [0, offset]))
    dictionary = {}
    for user, item in TRAIN_PAIRS:
        dictionary.setdefault(user, []).append(np.int64(item + offset))
    for name, part in zip(names[1:3], ("val", "test"), strict=True):
        save_rows(
            folder / name, [[u, *(i + offset for i in items)] for u, *items in HELD_OUT[part]]
        )
    save_dictionary(folder / names[3], dictionary)


FULL = ("train.npy", "val_full.npy", "test_full.npy", "user_item_dict.npy")
SAMPLE = tuple(f"{name}_sample.npy" for name in ("train", "val", "test", "user_item_dict"))
VISUAL = np.array([[1.0, 2.0], [0.0, 0.0], [5.0, 6.0], [7.0, 8.0]])
WORDS = np.array([[0, 0, 1, 3, 0], [9, 7, 9, 8, 9]])


@pytest.fixture
def sample(tmp_path):
    write_layout(tmp_path, SAMPLE)
    np.save(tmp_path / "v_feat_sample.npy", VISUAL)
    return tmp_path


def check_records(found):
    users, items = found.user_ids[found.users], found.item_ids[found.items]
    assert list(zip(users, items, found.parts, strict=True)) == [
        *((0, 2, TRAIN), (0, 0, TRAIN), (1, 2, TRAIN), (2, 1, TRAIN)),
        *((0, 1, VALIDATION), (2, 1, VALIDATION), (2, 0, VALIDATION)),
        (1, 0, TEST),
    ]
    assert found.user_ids.tolist() == [0, 1, 2]
    assert found.item_ids.tolist() == [0, 1, 2, 3]


def test_sample_by_hand(sample, read):
    raw = read(sample, "mmgcn")
    check_records(raw.interactions)
    (visual,) = raw.contents
    assert visual.name == "visual"
    assert visual.item_ids.tolist() == [0, 2, 3]
    assert visual.rows.tolist() == [[1, 2], [5, 6], [7, 8]]
    assert raw.counts["item offset"] == 0


def test_full_release_takes_the_users_off(tmp_path, read, pt):
    write_layout(tmp_path, FULL, offset=3)
    np.save(tmp_path / "FeatureVideo_normal.npy", VISUAL)
    np.save(tmp_path / "FeatureAudio_avg_normal.npy", VISUAL[:, :1])
    pt.archive(tmp_path / "feat_t.pt", pt.tensor(WORDS), {"0": WORDS})
    raw = read(tmp_path, "mmgcn")
    check_records(raw.interactions)
    assert raw.counts["item offset"] == 3
    assert [content.name for content in raw.contents] == ["visual", "acoustic", "textual"]
    words = raw.contents[2]
    assert words.item_ids.tolist() == [0, 1, 3]
    # Columns are the words 7, 8, 9; item 0 has word 9 twice.
    assert words.counts.toarray().tolist() == [[1, 0, 2], [0, 0, 1], [0, 1, 0]]


def test_words_may_be_in_the_first_row(sample, read, pt):
    pt.stream(sample / "t_feat_sample.pt", pt.tensor(WORDS[::-1].copy()), {"0": WORDS[::-1].copy()})
    words = read(sample, "mmgcn").contents[1]
    assert words.item_ids.tolist() == [0, 1, 3]
    assert words.counts.toarray().tolist() == [[1, 0, 2], [0, 0, 1], [0, 1, 0]]


def test_a_word_may_be_the_number_of_items(sample, read):
    np.save(sample / "t_feat_sample.npy", np.array([[0, 1], [4, 2]]))
    words = read(sample, "mmgcn").contents[1]
    assert words.item_ids.tolist() == [0, 1]
    assert words.counts.toarray().tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (WORDS % 4, "both rows hold only numbers below the 4 items"),
        (WORDS + 4, "neither row holds only numbers below the 4 items"),
        (WORDS - 1, "holds a negative number"),
    ],
)
def test_words_that_cannot_be_told_from_items(sample, refused, words, said):
    np.save(sample / "t_feat_sample.npy", words)
    refused("mmgcn", sample, "t_feat_sample.npy: ", said)


@pytest.mark.parametrize(
    ("offset", "rows", "option", "expected"),
    [
        (0, 4, "auto", 0),
        (0, 4, "none", 0),
        (0, None, "auto", 0),  # Item 0 is a user's number, so items do not start behind users.
        (3, 4, "auto", 3),  # Item 5 is beyond row 3.
        (3, 5, "auto", 3),
        (3, 6, "num_users", 3),
        (3, 6, "none", 0),
        (3, None, "num_users", 3),
        (9, 4, "9", 9),  # Users 3 to 8 have no record.
        (9, None, "9", 9),
        (3, 6, "0", 0),
        (3, 6, "3", 3),
    ],
)
def test_offset(tmp_path, read, offset, rows, option, expected):
    write_layout(tmp_path, FULL, offset=offset)
    if rows is not None:
        np.save(tmp_path / "feat_v.npy", np.ones((rows, 2)))
    raw = read(tmp_path, "mmgcn", item_offset=option)
    assert raw.counts["item offset"] == expected
    found = raw.interactions
    assert found.item_ids[found.items[0]] == 2 + offset - expected


@pytest.mark.parametrize(
    ("offset", "rows", "option", "words"),
    [
        (3, 6, "auto", ("give --item_offset=none or --item_offset=num_users",)),
        (3, None, "auto", ("give --item_offset=none or --item_offset=num_users",)),
        (0, 2, "auto", ("do not fit each other", "one release")),
        (3, 2, "auto", ("do not fit each other",)),
        (9, 4, "auto", ("do not fit each other", "--item_offset=N if the first item has")),
        (9, 4, "10", ("--item_offset=10 does not fit",)),
        (9, 3, "8", ("--item_offset=8 does not fit",)),
        (9, 2, "9", ("--item_offset=9 does not fit",)),
        (0, 4, "-1", ("--item_offset=-1: choose one of auto",)),
        (0, 4, "1.5", ("--item_offset=1.5: choose one of auto",)),
        (0, 4, "num_users", ("--item_offset=num_users does not fit",)),
        (3, 4, "none", ("--item_offset=none does not fit",)),
        (0, 4, "users", ("--item_offset=users: choose one of auto, none, num_users",)),
    ],
)
def test_offset_that_the_data_does_not_prove(tmp_path, refused, offset, rows, option, words):
    write_layout(tmp_path, FULL, offset=offset)
    if rows is not None:
        np.save(tmp_path / "feat_v.npy", np.ones((rows, 2)))
    refused("mmgcn", tmp_path, *words, item_offset=option)


def test_pairs_of_the_dictionary_beyond_training_are_counted(sample, read):
    # (0, 1) is in validation, (1, 3) nowhere.
    save_dictionary(sample / SAMPLE[3], {0: {2, 0, 1}, 1: [2, 3], 2: [1]})
    raw = read(sample, "mmgcn")
    assert raw.counts["pairs of the dictionary in held-out lists only"] == 1
    assert raw.counts["pairs of the dictionary in no file"] == 1
    check_records(raw.interactions)


def test_users_of_the_dictionary_alone_count_for_the_offset(tmp_path, read):
    # Users 0 to 3, so items 4 to 6 start behind them; without the dictionary's user 3 they do not.
    write_layout(tmp_path, FULL, offset=4)
    dictionary = {0: [6, 4], 1: [6], 2: [5], 3: []}
    save_dictionary(tmp_path / FULL[3], dictionary)
    np.save(tmp_path / "feat_v.npy", np.ones((4, 2)))
    raw = read(tmp_path, "mmgcn")
    assert raw.counts["item offset"] == 4
    assert raw.interactions.user_ids.tolist() == [0, 1, 2, 3]


def fault(kind):
    def damage(folder):
        train, validation, _, dictionary = (folder / name for name in SAMPLE)
        match kind:
            case "train wide":
                np.save(train, np.ones((3, 3), int))
            case "train float":
                np.save(train, np.ones((3, 2)))
            case "train empty":
                np.save(train, np.ones((0, 2), int))
            case "train negative":
                np.save(train, np.array([[0, 1], [0, -1]]))
            case "train huge":
                np.save(train, np.array([[0, 1], [2**40, 1]]))
            case "train truncated":
                train.write_bytes(train.read_bytes()[:-3])
            case "train folder":
                train.unlink()
                train.mkdir()
            case "val row":
                save_rows(validation, [[0, 1], [], [2]])
            case "val item":
                save_rows(validation, [[0, 1], [1, "x"]])
            case "val cut":
                validation.write_bytes(validation.read_bytes()[:150])
            case "dictionary lacks":
                save_dictionary(dictionary, {0: [2], 1: [2], 2: [1]})
            case "dictionary list":
                save_dictionary(dictionary, [1, 2])
            case "two trains":
                np.save(folder / "train.npy", np.ones((1, 2), int))
            case "two visuals":
                np.save(folder / "feat_v.npy", VISUAL)
            case "rows":
                np.save(folder / "a_feat_sample.npy", VISUAL[:3])
            case "nan":
                np.save(folder / "v_feat_sample.npy", np.where(VISUAL == 5, np.nan, VISUAL))
            case "text":
                np.save(folder / "v_feat_sample.npy", np.array([["a"]] * 4))
            case "no visual":
                np.save(folder / "v_feat_sample.npy", VISUAL * 0)
            case "no train":
                train.unlink()

    return damage


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            "train wide",
            ("train_sample.npy: holds int64 of shape (3, 3)", "a user and an item a row"),
        ),
        ("train float", ("train_sample.npy: holds float64", "give whole numbers")),
        ("train empty", ("train_sample.npy: holds int64 of shape (0, 2)",)),
        ("train negative", ("train_sample.npy: row 2", "mend the row")),
        ("train huge", ("train_sample.npy: row 2", "mend the row")),
        ("train truncated", ("train_sample.npy: truncated", "download it again")),
        ("train folder", ("train_sample.npy: is a folder",)),
        ("val row", ("val_sample.npy: row 2: is no list with a user", "[user, item, item, ...]")),
        ("val item", ("val_sample.npy: row 2: a user or item is not a whole number", "mend it")),
        ("val cut", ("val_sample.npy: truncated or not a pickle", "download it again")),
        (
            "dictionary lacks",
            ("train_sample.npy: row 2: item 0 of user 0 is not in", "same release"),
        ),
        ("dictionary list", ("user_item_dict_sample.npy: holds no dictionary", "save one")),
        ("two trains", ("train_sample.npy: train.npy holds the same; keep one of them",)),
        ("two visuals", ("v_feat_sample.npy: feat_v.npy holds the same",)),
        ("rows", ("v_feat_sample.npy 4, a_feat_sample.npy 3", "one release")),
        ("nan", ("v_feat_sample.npy: row 3 holds NaN", "mend it")),
        ("text", ("v_feat_sample.npy: holds <U1", "give real numbers")),
        ("no visual", ("v_feat_sample.npy: no item has modality visual", "leave the file out")),
        ("no train", ("holds no train.npy or train_sample.npy",)),
    ],
)
def test_faults(sample, refused, kind, words):
    fault(kind)(sample)
    refused("mmgcn", sample, *words)


@pytest.mark.parametrize("name", ["val_sample.npy", "user_item_dict_sample.npy"])
def test_object_arrays_run_nothing(sample, attack, refused, name):
    np.save(sample / name, np.array([[0, attack], [1, 2]], object), allow_pickle=True)
    refused("mmgcn", sample, f"{name}: names 'posix.mkdir'", "do not trust this file")


@pytest.mark.parametrize("name", ["train_sample.npy", "v_feat_sample.npy"])
def test_numbers_are_never_unpickled(sample, attack, refused, name):
    np.save(sample / name, np.array([attack], object), allow_pickle=True)
    refused("mmgcn", sample, f"{name}: holds Python objects")


def test_tensors_run_nothing(sample, attack, refused):
    (sample / "a_feat_sample.pt").write_bytes(pickle.dumps(attack))
    refused("mmgcn", sample, "a_feat_sample.pt: names 'posix.mkdir'")


def test_real_tiktok_sample(real_data, read):
    raw = read(real_data("mmgcn-samples") / "tiktok", "mmgcn")
    found = raw.interactions
    assert (len(found.user_ids), len(found.item_ids)) == (100, 1651)
    assert np.bincount(found.parts).tolist() == [1929, 212, 170]
    assert {c.name: len(c.item_ids) for c in raw.contents} == {
        "visual": 1651,
        "acoustic": 1651,
        "textual": 1651,
    }
    words = raw.contents[2].counts
    assert words.sum() == 12950
    assert words.shape == (1651, 3746)
    assert raw.counts["pairs of the dictionary in no file"] == 0


def test_real_movielens_sample(real_data, read):
    raw = read(real_data("mmgcn-samples") / "movielens", "mmgcn")
    found = raw.interactions
    assert (len(found.user_ids), len(found.item_ids)) == (100, 1141)
    assert np.bincount(found.parts).tolist() == [2071, 263, 307]
    assert {c.name: c.rows.shape for c in raw.contents} == {
        "acoustic": (1141, 128),
        "textual": (1141, 100),
    }
