import pickle

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION
from a2bm2gl_tf.data.formats.registry import detect_format
from a2bm2gl_tf.errors import UserError


@pytest.fixture
def save(tmp_path):
    def save(name, rows, cols, values, shape=(3, 4)):
        matrix = sp.coo_matrix((np.array(values), (rows, cols)), shape=shape)
        (tmp_path / name).write_bytes(pickle.dumps(matrix))

    return save


@pytest.fixture
def folder(tmp_path, save):
    # (0, 1) is there twice and adds up to nothing; (1, 0) is a stored zero.
    save("trnMat.pkl", [2, 0, 0, 1], [3, 1, 1, 0], [1.0, 1.0, -1.0, 0.0])
    save("valMat.pkl", [2], [3], [1.0])
    save("tstMat.pkl", [0, 2], [0, 0], [5.0, 1.0])
    np.save(tmp_path / "image_feat.npy", np.array([[1, 2], [0, 0], [3, 4], [5, 6]], np.float16))
    return tmp_path


def test_by_hand(folder, read):
    raw = read(folder, "diffmm")
    found = raw.interactions
    assert found.user_ids.tolist() == [0, 1, 2]
    assert found.item_ids.tolist() == [0, 1, 2, 3]
    records = list(zip(found.users, found.items, found.parts, strict=True))
    assert records == [
        *((2, 3, TRAIN), (0, 1, TRAIN), (0, 1, TRAIN)),
        (2, 3, VALIDATION),
        *((0, 0, TEST), (2, 0, TEST)),
    ]
    assert found.times is None
    (image,) = raw.contents
    assert image.name == "image"
    assert image.item_ids.tolist() == [0, 2, 3]
    assert image.rows.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert [file.name for file in raw.files] == [
        *("trnMat.pkl", "valMat.pkl", "tstMat.pkl", "image_feat.npy")
    ]
    assert raw.counts == {"records": 6}


def test_faults(folder, save, refused):
    np.save(folder / "audio_feat.npy", np.ones((5, 2)))
    refused("diffmm", folder, "audio_feat.npy: has 5 rows for 4 items", "give one row an item")
    (folder / "audio_feat.npy").unlink()
    np.save(folder / "image_feat.npy", np.array([[1.0], [2.0], [np.nan], [0.0]]))
    refused("diffmm", folder, "image_feat.npy: row 3 holds NaN", "mend it or mark")
    save("tstMat.pkl", [0], [0], [1.0], shape=(3, 5))
    refused(
        "diffmm", folder, "tstMat.pkl: shape (3, 5) where trnMat.pkl has (3, 4)", "same release"
    )
    (folder / "tstMat.pkl").unlink()
    refused("diffmm", folder, "tstMat.pkl: no such file")
    refused("diffmm", folder / "trnMat.pkl", "is a file; give the folder")


def test_nothing_is_run(folder, attack, refused):
    (folder / "valMat.pkl").write_bytes(pickle.dumps(attack))
    refused("diffmm", folder, "valMat.pkl: names 'posix.mkdir'", "do not trust this file")


def test_a_folder_is_told_by_its_pickles(folder):
    (folder / "valMat.pkl").write_text("no pickle")
    with pytest.raises(UserError, match="looks like none of the known formats"):
        detect_format(folder)


def test_real_tiktok(real_data, read):
    raw = read(real_data("tiktok"), "diffmm")
    found = raw.interactions
    assert (len(found.user_ids), len(found.item_ids)) == (9308, 6710)
    assert np.bincount(found.parts).tolist() == [59541, 3051, 6130]
    assert {c.name: c.rows.shape for c in raw.contents} == {
        "audio": (6710, 128),
        "image": (6710, 128),
    }
