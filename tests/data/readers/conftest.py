import pickle

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.options import DatasetOptions

RATINGS = [(u, v) for u in (1, 2, 3) for v in (1, 2, 3, 4, 5, 6)]


@pytest.fixture
def movielens(tmp_path):
    """A tiny MovieLens folder: three users who rated all six movies."""
    lines = [f"{u}\t{v}\t3\t88125{u}{v:03d}\n" for u, v in RATINGS]
    (tmp_path / "u.data").write_text("".join(lines))
    flags = "|".join("1" if column == 3 else "0" for column in range(19))
    rows = [f"{v}|Caf\xe9 {v} (1995)|01-Jan-1995||http://x/{v}|{flags}\n" for v in range(1, 7)]
    (tmp_path / "u.item").write_bytes("".join(rows).encode("latin-1"))
    return tmp_path


@pytest.fixture
def tiktok(tmp_path):
    """A tiny folder in the TikTok layout: 4 users, 5 items."""
    train = np.array([[1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 2, 1, 0], [1, 0, 0, 1, 0]])
    validation = np.array([[0, 0, 1, 0, 0], [1, 1, 0, 0, 0], [0] * 5, [0] * 5])
    test = np.array([[0, 0, 0, 1, 0], [0] * 5, [1, 0, 0, 0, 0], [0, 1, 0, 0, 0]])
    for name, matrix in (("trnMat", train), ("valMat", validation), ("tstMat", test)):
        stored = sp.coo_matrix(matrix.astype(np.float64))
        (tmp_path / f"{name}.pkl").write_bytes(pickle.dumps(stored, protocol=3))
    for name in ("image", "audio"):
        values = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float16)
        np.save(tmp_path / f"{name}_feat.npy", values)
    return tmp_path


@pytest.fixture
def options():
    """Options for a folder."""

    def make(folder, **changes):
        return DatasetOptions(data_dir=folder, **changes)

    return make
