"""Every mistake a user can make with data ends in one line that names the place."""

import os
import pickle

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError


def _refused(name, options, *parts):
    with pytest.raises(UserError) as caught:
        load_dataset(name, options)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1\t2\t3\n", "3 columns where 4 are due"),
        ("1\tx\t3\t4\n", "column movie: 'x': is not a whole number"),
        ("1\t0\t3\t4\n", "ids start at 1"),
        ("1\t7\t3\t4\n", "movie 7 is not in u.item"),
    ],
)
def test_ratings(movielens, options, line, said):
    with (movielens / "u.data").open("a") as file:
        file.write(line)
    _refused("ml100k", options(movielens), "u.data", "row 19", said)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text.replace("2|Caf", "5|Caf"), "row 2"),
        (lambda text: text[:-9], "columns where 24 are due"),
        (lambda text: text.replace("|1|", "|yes|", 1), "row 1"),
        (lambda text: "", "empty"),
    ],
)
def test_movies(movielens, options, damage, said):
    path = movielens / "u.item"
    text = path.read_bytes().decode("latin-1")
    path.write_bytes(damage(text).encode("latin-1"))
    _refused("ml100k", options(movielens), "u.item", said)


def test_missing_files_and_folders(movielens, options, tmp_path):
    _refused("ml100k", DatasetOptions(), "--data_dir")
    _refused("ml100k", options(tmp_path / "none"), "--data_dir", "no such folder")
    _refused("ml100k", options(movielens / "u.data"), "is a file")
    (movielens / "u.data").unlink()
    _refused("ml100k", options(movielens), "u.data", "no such file")
    (movielens / "u.data").mkdir()
    _refused("ml100k", options(movielens), "u.data", "is a folder")


def test_empty_split(movielens, options):
    lines = [f"{user}\t1\t3\t881250000\n" for user in range(1, 4)]
    (movielens / "u.data").write_text("".join(lines))
    _refused("ml100k", options(movielens), "split is empty")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.full((6, 2), np.nan), "row 1 holds NaN"),
        (np.array([[1.0, 2.0]] * 4 + [[np.inf, 0.0]] + [[1.0, 2.0]]), "row 5"),
        (np.ones((5, 2)), "5 rows for 6 items"),
        (np.ones(6), "shape (6,)"),
        (np.array([["a", "b"]] * 6), "shape"),
    ],
)
def test_features(movielens, options, tmp_path_factory, values, said):
    folder = tmp_path_factory.mktemp("features")
    np.save(folder / "text_feat.npy", values)
    _refused("ml100k", options(movielens, features_dir=folder), "text_feat.npy", said)


def test_masks_and_names_of_features(movielens, options, tmp_path_factory):
    folder = tmp_path_factory.mktemp("features")
    asked = options(movielens, features_dir=folder)
    _refused("ml100k", asked, "--features_dir", "no NAME_feat.npy")
    np.save(folder / "text_feat.npy", np.ones((6, 2)))
    np.save(folder / "text_mask.npy", np.ones(5, bool))
    _refused("ml100k", asked, "text_mask.npy", "6")
    np.save(folder / "text_mask.npy", np.ones(6))
    _refused("ml100k", asked, "text_mask.npy", "booleans")
    np.save(folder / "text_mask.npy", np.zeros(6, bool))
    _refused("ml100k", asked, "no item has modality text")
    wrong = DatasetOptions(data_dir=movielens, modalities=("sound",))
    _refused("ml100k", wrong, "--modalities=sound", "genre")


class _Runs:
    """Pickles to a call that leaves a trace."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


def test_object_arrays_and_pickles_run_nothing(tiktok, options, tmp_path):
    trace = tmp_path / "it_ran"
    asked = options(tiktok)
    np.save(tiktok / "image_feat.npy", np.array([_Runs(trace)] * 5, object), allow_pickle=True)
    _refused("tiktok", asked, "image_feat.npy", "Python objects")
    np.save(tiktok / "image_feat.npy", np.ones((5, 2)))
    (tiktok / "trnMat.pkl").write_bytes(pickle.dumps(_Runs(trace)))
    _refused("tiktok", asked, "trnMat.pkl", "mkdir")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda good: good[: len(good) // 2], "trnMat.pkl"),
        (lambda good: b"", "empty"),
        (lambda good: b"not a pickle", "not a pickle"),
        (lambda good: pickle.dumps([1, 2]), "trnMat.pkl"),
        (lambda good: pickle.dumps(np.arange(3)), "trnMat.pkl"),
    ],
)
def test_damaged_pickles(tiktok, options, content, said):
    path = tiktok / "trnMat.pkl"
    path.write_bytes(content(path.read_bytes()))
    _refused("tiktok", options(tiktok), said)


def test_sparse_matrix_with_indices_out_of_range(tiktok, options):
    matrix = sp.coo_matrix(np.eye(4, 5))
    matrix.col[0] = 77
    (tiktok / "trnMat.pkl").write_bytes(pickle.dumps(matrix))
    _refused("tiktok", options(tiktok), "trnMat.pkl", "not a valid sparse matrix")


def test_splits_of_different_shapes(tiktok, options):
    (tiktok / "tstMat.pkl").write_bytes(pickle.dumps(sp.coo_matrix(np.eye(4, 6))))
    _refused("tiktok", options(tiktok), "tstMat.pkl", "(4, 6)")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"test_fraction": 1.0}, "--test_fraction=1.0"),
        ({"validation_fraction": 0.0}, "--validation_fraction=0.0"),
        ({"seed": -1}, "--seed=-1"),
        ({"feature_scaling": "minmax"}, "--feature_scaling=minmax"),
        ({"num_users": 5}, "--num_users=5"),
    ],
)
def test_options(movielens, options, changes, said):
    _refused("ml100k", options(movielens, **changes), said)


def test_generated_data_takes_no_folder_and_sizes_that_fit(tmp_path):
    _refused("synthetic", DatasetOptions(data_dir=tmp_path), "--data_dir", "generated")
    small = DatasetOptions(num_users=10, num_items=10, num_interactions=1000)
    _refused("synthetic", small, "--num_interactions=1000", "give 10 to 50")
    _refused("yelp", DatasetOptions(), "--dataset=yelp", "ml100k")
