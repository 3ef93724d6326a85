"""Whatever is written in a format's layout is what its reader gives back."""

import csv
import json
import pickle
import tempfile
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import a2bm2gl_tf.data.formats  # noqa: F401
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN
from a2bm2gl_tf.data.formats.registry import FormatOptions, detect_format, read_format

V = 6
GENRES = 19
TITLES = st.text("abcXYZ é,'\"()19", min_size=1, max_size=12).filter(lambda t: t == t.strip())


@st.composite
def small_data(draw):
    """Records (user, item, part, rating, time) of every part, and what is known of V items."""
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, 9), st.integers(0, V - 1)),
            min_size=3,
            max_size=30,
            unique=True,
        )
    )
    records = []
    for position, (user, item) in enumerate(pairs):
        part = position if position < 3 else draw(st.integers(0, 2))
        rating, time = draw(st.integers(1, 5)), draw(st.integers(10**9, 2 * 10**9))
        records.append((user, item, part, rating, time))
    number = st.floats(-100, 100, width=32)
    vectors = draw(st.lists(st.tuples(number, number), min_size=V, max_size=V))
    sets = st.sets(st.integers(1, GENRES - 1), min_size=1, max_size=3)
    return {
        "records": records,
        # A row of zeros would stand for an item without the modality.
        "vectors": np.array([(*row, 1.0) for row in vectors], np.float32),
        "titles": draw(st.lists(TITLES, min_size=V, max_size=V)),
        "labels": draw(st.lists(sets, min_size=V, max_size=V)),
    }


def _text(folder, name, lines, encoding="utf-8"):
    (folder / name).write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))


def _lists(data, parts):
    lists = {}
    for user, item, part, *_ in data["records"]:
        if part in parts:
            lists.setdefault(user, []).append(item)
    return lists


def _object_rows(path, lists, offset):
    rows = np.empty(len(lists), object)
    rows[:] = [[user, *(item + offset for item in items)] for user, items in lists.items()]
    np.save(path, rows, allow_pickle=True)


def _lightgcn(folder, data):
    for name, parts in (("train.txt", (0, 1)), ("test.txt", (2,))):
        lines = [" ".join(map(str, (u, *v))) for u, v in _lists(data, parts).items()]
        _text(folder, name, lines)
    return {"parts": lambda part: TEST if part == TEST else TRAIN}


def _diffmm(folder, data):
    for part, name in enumerate(("trnMat.pkl", "valMat.pkl", "tstMat.pkl")):
        users, items = zip(*[row[:2] for row in data["records"] if row[2] == part], strict=True)
        matrix = sp.coo_matrix((np.ones(len(users), np.float32), (users, items)), (10, V))
        (folder / name).write_bytes(pickle.dumps(matrix))
    np.save(folder / "image_feat.npy", data["vectors"])
    return {"parts": int, "vectors": "image"}


def _microlens(folder, data):
    _text(folder, "x_pairs.csv", ["user,item,timestamp"] + [
        f"{user},{item},{time}" for user, item, _, _, time in data["records"]
    ])  # fmt: skip
    with (folder / "x_titles.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("item", "title"), *enumerate(data["titles"])])
    return {"times": True, "titles": 0}


def _movielens_100k(folder, data):
    lines = [f"{u + 1}\t{v + 1}\t{r}\t{t}" for u, v, _, r, t in data["records"]]
    _text(folder, "u.data", lines)
    rows = []
    for item, (title, labels) in enumerate(zip(data["titles"], data["labels"], strict=True)):
        flags = "|".join(str(int(genre in labels)) for genre in range(GENRES))
        rows.append(f"{item + 1}|{title}|01-Jan-1995||url|{flags}")
    _text(folder, "u.item", rows, "latin-1")
    return {"times": True, "values": True, "titles": 1, "labels": "genre", "start": 1}


def _movielens_1m(folder, data):
    _text(folder, "ratings.dat", [f"{u}::{v}::{r}::{t}" for u, v, _, r, t in data["records"]])
    _text(folder, "movies.dat", [
        f"{item}::{title}::{'|'.join(f'g{label}' for label in sorted(labels))}"
        for item, (title, labels) in enumerate(zip(data["titles"], data["labels"], strict=True))
    ])  # fmt: skip
    return {"times": True, "values": True, "titles": 0, "labels": "genre"}


def _mmrec(folder, data):
    rows = ["\t".join(map(str, (u, v, r, t, part))) for u, v, part, r, t in data["records"]]
    _text(folder, "x.inter", ["userID\titemID\trating\ttimestamp\tx_label", *rows])
    np.save(folder / "image_feat.npy", data["vectors"])
    return {"times": True, "values": True, "parts": int, "vectors": "image"}


def _recbole(folder, data):
    header = "user_id:token\titem_id:token\trating:float\ttimestamp:float"
    for part, name in enumerate(("train", "valid", "test")):
        rows = [f"{u}\t{v}\t{r}\t{t}" for u, v, p, r, t in data["records"] if p == part]
        _text(folder, f"x.{name}.inter", [header, *rows])
    rows = []
    for item, (vector, labels) in enumerate(zip(data["vectors"], data["labels"], strict=True)):
        numbers = " ".join(repr(float(number)) for number in vector)
        rows.append(f"{item}\t{numbers}\t{' '.join(f'g{label}' for label in labels)}")
    _text(folder, "x.item", ["item_id:token\timage:float_seq\tgenre:token_seq", *rows])
    return {"times": True, "values": True, "parts": int, "vectors": "image", "labels": "genre"}


def _kwai(folder, data):
    rows = [f"{u}\t{v}\t1\t0\t0\t{t}\t3\t{5 + v}" for u, v, _, _, t in data["records"]]
    _text(folder, "train_interaction.txt", [*rows, "77\t88\t0\t1\t0\t1\t1\t1"])
    _text(folder, "train_text.txt", [
        f"{item}\t{','.join(map(str, labels))}" for item, labels in enumerate(data["labels"])
    ])  # fmt: skip
    (folder / "final_visual_train").mkdir()
    for item, vector in enumerate(data["vectors"]):
        np.save(folder / "final_visual_train" / f"{item}.npy", vector[None])
    return {"times": True, "vectors": "visual", "words": "text"}


def _tiktok(folder, data):
    rows = [f"{u}\t0\t{v}\t1\t2\t3\t1\t0\t4\t5\t6\t{7 + v}" for u, v, *_ in data["records"]]
    _text(folder, "final_track2_train.txt", [*rows, "77\t0\t88\t1\t2\t3\t0\t1\t4\t5\t6\t7"])
    for name, key, values in (
        ("video.txt", "video_feature_dim_128", data["vectors"].tolist()),
        ("title.txt", "title_features", [{str(w): 1 for w in row} for row in data["labels"]]),
    ):
        lines = [json.dumps({"item_id": item, key: value}) for item, value in enumerate(values)]
        _text(folder, name, lines)
    return {"vectors": "visual", "words": "title"}


def _mmgcn(folder, data, offset=0):
    train = [(user, item + offset) for user, item, part, *_ in data["records"] if part == TRAIN]
    np.save(folder / "train.npy", np.array(train))
    for part, name in ((1, "val_full.npy"), (2, "test_full.npy")):
        _object_rows(folder / name, _lists(data, (part,)), offset)
    np.save(folder / "FeatureVideo_normal.npy", data["vectors"])
    option = "num_users" if offset else "none"
    return {"parts": int, "vectors": "visual", "options": {"item_offset": option}}


def _mmgcn_after_users(folder, data):
    return _mmgcn(folder, data, 1 + max(record[0] for record in data["records"]))


WRITERS = {
    "lightgcn": _lightgcn,
    "diffmm": _diffmm,
    "microlens": _microlens,
    "movielens100k": _movielens_100k,
    "movielens1m": _movielens_1m,
    "mmrec": _mmrec,
    "recbole": _recbole,
    "kwai": _kwai,
    "tiktok_icme19": _tiktok,
    "mmgcn": _mmgcn,
    "mmgcn after users": _mmgcn_after_users,
}


def _check_records(found, data, layout):
    start = layout.get("start", 0)
    columns = [found.user_ids[found.users], found.item_ids[found.items]]
    wanted = [(user + start, item + start) for user, item, *_ in data["records"]]
    for name, place in (("parts", 2), ("values", 3), ("times", 4)):
        assert (getattr(found, name) is not None) == (name in layout)
        if name in layout:
            columns.append(getattr(found, name))
            keep = layout[name] if name == "parts" else int
            wanted = [
                (*row, keep(record[place]))
                for row, record in zip(wanted, data["records"], strict=True)
            ]
    rows = zip(*(column.tolist() for column in columns), strict=True)
    assert sorted(rows) == sorted(wanted)


def _check_contents(raw, data, layout):
    contents = {content.name: content for content in raw.contents}
    if "vectors" in layout:
        content = contents[layout["vectors"]]
        # Raw folders may leave out what no interaction names.
        ids = content.item_ids.astype(int)
        assert set(raw.interactions.item_ids.astype(int)) <= set(ids)
        np.testing.assert_array_equal(content.rows, data["vectors"][ids])
    if "titles" in layout:
        wanted = dict(enumerate(data["titles"], start=layout["titles"]))
        assert raw.titles == wanted
    if "labels" in layout:
        content = contents[layout["labels"]]
        found = {item: set() for item in range(V)}
        for row, column in zip(*content.flags.nonzero(), strict=True):
            # MovieLens 100K names its columns by their order.
            _, named, number = content.labels[column].rpartition("=g")
            label = int(number) if named and number.isdecimal() else int(column)
            found[int(content.item_ids[row]) - layout.get("start", 0)].add(label)
        assert found == dict(enumerate(data["labels"]))
    if "words" in layout:
        words = sorted({label for labels in data["labels"] for label in labels})
        flags = [[float(word in labels) for word in words] for labels in data["labels"]]
        assert contents[layout["words"]].counts.toarray().tolist() == flags


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=small_data())
def test_what_is_written_is_read(name, data):
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        layout = WRITERS[name](folder, data)
        format_name = name.partition(" ")[0]
        assert detect_format(folder)[0] == format_name
        raw = read_format(format_name, folder, FormatOptions(**layout.get("options", {})))
        _check_records(raw.interactions, data, layout)
        _check_contents(raw, data, layout)
