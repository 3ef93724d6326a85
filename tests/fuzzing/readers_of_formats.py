"""Readers of whole datasets, of contents and of prepared directories."""

import dataclasses
import json
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

import a2bm2gl_tf.data.formats  # noqa: F401 - registers them
from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.formats.content_files import read_content
from a2bm2gl_tf.data.formats.raw import Interactions, RawData
from a2bm2gl_tf.data.formats.registry import FormatOptions, detect_format, read_format
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.preparation.opening import open_prepared
from a2bm2gl_tf.data.preparation.preparation_options import PreparationOptions
from a2bm2gl_tf.data.preparation.prepare import prepare
from a2bm2gl_tf.data.preparation.store import write_prepared
from a2bm2gl_tf.data.registry import load_dataset
from tests.fuzzing.campaign import Reader
from tests.fuzzing.case import Files
from tests.fuzzing.invariants import check_content, check_prepared, check_raw
from tests.fuzzing.made import files_of
from tests.fuzzing.readers_of_files import (
    dictionary,
    npy,
    npz,
    objects,
    parquet,
    picture,
    torch_file,
)

_VECTORS = np.arange(1, 9, dtype=np.float32).reshape(4, 2)


def _texts(**files: str) -> Files:
    """Text files; "__" stands for the dot of a name."""
    return {name.replace("__", "."): content.encode() for name, content in files.items()}


def _table() -> list[Files]:
    text = 'User ID,title,item,Rating,Timestamp\n7,"x, y",b,2.5,30\n5,z,a,1,20\n'
    days = "user;item;date\na;x;2020-01-02\nb;y;2021-03-04 05:06:07\n"
    columns = {"uid": ["x", "y"], "video_id": [7, 9], "time": [3, 4], "score": [1.5, 2]}
    return [
        {"d.csv": text.encode()},
        {"d.csv": days.encode("utf-8-sig")},
        {"d.csv": text.replace(",", "\t").encode()},
        {"d.parquet": parquet(**columns)},
    ]


def _kwai() -> list[Files]:
    records = (
        "7\t100\t1\t0\t0\t1500\t3\t10\n5\t200\t0\t1\t0\t1501\t0\t20\n5\t100\t1\t1\t0\t1499\t9\t11\n"
    )
    files = _texts(train_interaction__txt=records, train_text__txt="100\t17,4,17\n200\t0\n")
    files["final_visual_train/100"] = npy(np.array([[1.0, 2.0]]))
    files["final_visual_train/200.npy"] = npy(np.array([[3.0, 4.0]], np.float16))
    return [files]


def _diffmm() -> list[Files]:
    def matrix(*cells: tuple[int, int]) -> bytes:
        rows, columns = zip(*cells, strict=True)
        return pickle.dumps(sp.coo_matrix((np.ones(len(rows)), (rows, columns)), (3, 4)))

    return [
        {
            "trnMat.pkl": matrix((0, 1), (1, 0), (2, 3)),
            "valMat.pkl": matrix((0, 0)),
            "tstMat.pkl": matrix((2, 0), (1, 2)),
            "image_feat.npy": npy(_VECTORS),
            "audio_feat.npy": npy(_VECTORS[:, :1]),
        }
    ]


def _lightgcn() -> list[Files]:
    return [_texts(train__txt="3 10 11\n1\n0 11\n", test__txt="3 20\n7\n0 10 10\n")]


def _microlens() -> list[Files]:
    titles = 'item,title\n30,"One, two\nthree"\n10,Second\n40,\n'
    lists = _texts(S_pairs__tsv="7\t30 10\r\n5\t10 40 30\r\n", S_titles__csv=titles)
    table = _texts(S_pairs__csv="user,item,timestamp\n7,30,1500\n9,10,1400\n")
    table["S_covers/10.jpg"] = picture("JPEG")
    return [lists, table]


def _mmgcn() -> list[Files]:
    sample = {
        "train_sample.npy": npy(np.array([(0, 2), (0, 0), (1, 2), (2, 1)])),
        "val_sample.npy": objects([[0, 1], [1], [2, 1, 0]]),
        "test_sample.npy": objects([[0], [1, 0], [2]]),
        "user_item_dict_sample.npy": dictionary({0: [2, 0], 1: [2], 2: [1]}),
        "v_feat_sample.npy": npy(_VECTORS),
    }
    full = {
        "train.npy": npy(np.array([(0, 5), (0, 3), (1, 5), (2, 4)])),
        "val_full.npy": objects([[0, 4], [1], [2, 4, 3]]),
        "test_full.npy": objects([[0], [1, 3], [2]]),
        "feat_v.pt": torch_file(_VECTORS),
        "feat_t.pt": torch_file(np.array([[0, 0, 1, 3, 0], [9, 7, 9, 8, 9]])),
    }
    return [sample, full]


def _mmrec() -> list[Files]:
    text = (
        "x_label\titemID\tuserID\ttimestamp\trating\n"
        "0\t2\t11\t1400000003.0\t5.0\n2\t0\t11\t1400000005.0\t4.0\n1\t2\t10\t1400000004.0\t3.5\n"
    )
    return [{**_texts(baby__inter=text), "image_feat.npy": npy(_VECTORS)}]


def _movielens_100k() -> list[Files]:
    def movie(number: int, title: str, genre: int) -> str:
        flags = "|".join("1" if genre == column else "0" for column in range(19))
        return f"{number}|{title}|01-Jan-1995||http://example.org/|{flags}\n"

    items = "".join(movie(v, f"Misérables {v}, Les", v) for v in range(1, 13))
    # Enough of each user for a split.
    rows = [f"{u}\t{v}\t{(u + v) % 5 + 1}\t{88 + v}\n" for u in (4, 9) for v in range(1, 13)]
    files = _texts(u__data="".join(rows))
    return [{**files, "u.item": items.encode("latin-1")}]


def _movielens_1m() -> list[Files]:
    files = _texts(ratings__dat="1::10::5::978300760\n2::20::3::978302109\n1::20::3::978301968\n")
    movies = "10::Toy Story (1995)::Animation|Comedy\n20::Misérables::Drama\n"
    return [{**files, "movies.dat": movies.encode("latin-1")}]


def _recbole() -> list[Files]:
    inter = (
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
        "b\t20\t5\t881250949\na\t10\t3.5\t881250950.0\nb\t10\t1\t881250951\n"
    )
    item = (
        "item_id:token\tmovie_title:token_seq\tyear:token\tclass:token_seq\tprice:float\t"
        'pca:float_seq\n10\tToy "Story\t1995\tComedy Drama\t2.5\t0.5 -1\n20\t\t1995\t\t1\t\n'
    )
    header = "user_id:token\titem_id:token\n"
    parts = {
        "a-1.test.inter": f"{header}3\t7\n".encode(),
        "a-1.train.inter": f"{header}1\t5\n2\t6\n".encode(),
        "a-1.valid.inter": f"{header}2\t5\n".encode(),
    }
    return [_texts(ml__inter=inter, ml__item=item), parts]


def _tiktok() -> list[Files]:
    records = (
        "7\t1\t100\t11\t5\t0\t1\t0\t21\t3\t1500\t10\n5\t1\t300\t12\t-1\t0\t0\t1\t-1\t3\t1400\t20\n"
        "7\t1\t200\t11\t6\t3\t1\t1\t22\t3\t1501\t30\n5\t1\t100\t13\t5\t0\t1\t0\t21\t3\t1500\t10\n"
    )

    def lines(key: str, entries: list[tuple[int, Any]]) -> bytes:
        return "".join(json.dumps({"item_id": i, key: v}) + "\n" for i, v in entries).encode()

    face = [{"gender": 1, "beauty": 0.5, "relative_position": [0.1, 0.2, 0.3, 0.4]}]
    return [
        {
            "final_track2_train.txt": records.encode(),
            "track2_video_features.txt": lines(
                "video_feature_dim_128", [(100, [1.0, 2]), (200, []), (300, [-0.5, 1e-3])]
            ),
            "track2_title.txt": lines("title_features", [(100, {"4": 2, "0": 1}), (300, {})]),
            "track2_face_attrs.txt": lines("face_attrs", [(100, face), (200, [])]),
        }
    ]


def _format_reader(name: str, seeds: Callable[[], list[Files]]) -> Reader:
    def read(folder: Path) -> RawData:
        inside = sorted(folder.glob("d.*"))
        path = inside[0] if name == "table" and inside else folder
        detect_format(path)
        return check_raw(read_format(name, path, FormatOptions()))

    return Reader(f"format_{name}", seeds, read)


def _detect(folder: Path) -> Any:
    return detect_format(folder)


def _content_seeds() -> list[Files]:
    table = "item_id,title,year,genre\n10,One two,1995,a|b\n20,Three,1996,b\n30,,1990,\n"
    numbers = "item,a,b\n10,1,2.5\n20,0,0\n30,,\n"
    return [
        {"a.csv": table.encode()},
        {"b.csv": numbers.encode()},
        {"c.parquet": parquet(item_id=[10, 20], vector=[[1.0, 2.0], [3.0, 4.0]])},
        {"d_feat.npy": npy(_VECTORS[:3]), "d_ids.npy": npy(np.array([30, 10, 20]))},
        {"e.npz": npz(features=_VECTORS[:3], ids=np.array([10, 20, 99]), mask=np.ones(3, bool))},
        {"f.pt": torch_file(_VECTORS[:3])},
        {
            "g/10.npy": npy(_VECTORS[0]),
            "g/20.npy": npy(_VECTORS[1:2]),
            "g/99.npy": npy(_VECTORS[2]),
        },
        {"h/10.jpg": picture("JPEG"), "h/20.png": picture("PNG"), "h/30.gif": picture("GIF")},
    ]


def _read_content(folder: Path) -> Any:
    paths = [path for path in sorted(folder.iterdir()) if not path.name.endswith("_ids.npy")]
    catalogue = np.array([10, 20, 30])
    column = "#title" if paths and paths[0].name == "a.csv" else ""
    return [
        check_content(read_content("m", Path(f"{path}{column}"), catalogue=catalogue))
        for path in paths
    ]


def _raw() -> RawData:
    rng = np.random.default_rng(0)
    users, items = np.nonzero(rng.random((8, 12)) < 0.9)
    found = Interactions(
        np.arange(8),
        np.array([f"i{number:02d}" for number in range(12)], object),
        users.astype(np.int32),
        items.astype(np.int32),
        rng.random(len(users)).astype(np.float32),
        rng.integers(0, 99, len(users)),
    )
    vectors = Vectors("visual", found.item_ids, Path("v.npy"), rng.random((12, 3)).astype("f4"))
    return RawData(found, (vectors,), {"i00": "Title"})


def prepared_files() -> list[Files]:
    """A prepared directory."""
    prepared = prepare(_raw(), Path("source"), PreparationOptions())
    record = prepared.record | {"name": "tiny", "format": "table", "inputs": []}
    prepared = dataclasses.replace(prepared, record=record)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "prepared")
        write_prepared(target, prepared)
        return [files_of(target)]


def _read_prepared(folder: Path) -> Any:
    open_prepared(folder, verify_hashes=True)
    return load_dataset("prepared", DatasetOptions(data_dir=folder))


def _read_prepared_unverified(folder: Path) -> Any:
    return check_prepared(open_prepared(folder))


def _read_and_prepare(folder: Path) -> Any:
    raw = read_format("table", next(iter(folder.glob("d.*")), folder / "d.csv"), FormatOptions())
    prepared = prepare(raw, folder, PreparationOptions(threshold=None))
    prepared = dataclasses.replace(
        prepared, record=prepared.record | {"name": "x", "format": "table", "inputs": []}
    )
    write_prepared(folder / "out", prepared)
    return check_prepared(open_prepared(folder / "out", verify_hashes=True))


def _larger_table() -> list[Files]:
    rows = "".join(
        f"u{u},{i},{(u * i) % 5 + 1},{1000 + u * i}\n" for u in range(4) for i in range(6)
    )
    return [{"d.csv": ("user,item,rating,timestamp\n" + rows).encode()}]


def _dataset_reader(name: str, seeds: Callable[[], list[Files]]) -> Reader:
    return Reader(
        f"dataset_{name}", seeds, lambda folder: load_dataset(name, DatasetOptions(data_dir=folder))
    )


def readers_of_formats() -> list[Reader]:
    """All of them."""
    formats = {
        "table": _table,
        "kwai": _kwai,
        "diffmm": _diffmm,
        "lightgcn": _lightgcn,
        "microlens": _microlens,
        "mmgcn": _mmgcn,
        "mmrec": _mmrec,
        "movielens100k": _movielens_100k,
        "movielens1m": _movielens_1m,
        "recbole": _recbole,
        "tiktok_icme19": _tiktok,
    }
    everything = [seeds for seeds in formats.values() if seeds is not _table]
    return [
        *(_format_reader(name, seeds) for name, seeds in formats.items()),
        Reader("detect", lambda: [files for seeds in everything for files in seeds()], _detect),
        Reader("content", _content_seeds, _read_content),
        _dataset_reader("ml100k", _movielens_100k),
        _dataset_reader("tiktok", _diffmm),
        Reader("prepared", prepared_files, _read_prepared_unverified),
        Reader("prepared_verified", prepared_files, _read_prepared),
        Reader("prepare", _larger_table, _read_and_prepare),
    ]
