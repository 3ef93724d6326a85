import hashlib

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.synthesis.raw_kinds import RAW_KINDS
from a2bm2gl_tf.data.synthesis.raw_request import RawRequest
from a2bm2gl_tf.data.synthesis.raw_size import RawSize


@pytest.fixture(scope="session")
def write_raw(tmp_path_factory):
    """Writes a raw data set of a kind and returns its folder."""

    def write(kind, size, **changes):
        folder = tmp_path_factory.mktemp(kind)
        RAW_KINDS[kind].write(RawRequest(RawSize(*size), **changes), folder)
        return folder

    return write


@pytest.fixture(scope="session")
def digests():
    """Relative path -> hash of every file of a folder."""

    def of(folder):
        paths = [path for path in folder.rglob("*") if path.is_file()]
        hashes = (hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
        return dict(zip((str(path.relative_to(folder)) for path in paths), hashes, strict=True))

    return of


def _held_out(users, items):
    """A fifth of the pairs as test; (train CSR, test rows, test columns, negative columns).

    Negatives are the test items of other pairs, so popularity alone cannot tell them apart.
    """
    rng = np.random.default_rng(0)
    test = rng.random(len(users)) < 0.2
    shape = users.max() + 1, items.max() + 1
    ones = np.ones((~test).sum(), np.float32)
    train = sp.csr_matrix((ones, (users[~test], items[~test])), shape)
    return train, users[test], items[test], rng.permutation(items[test])


def _win_share(positive, negative):
    return (positive > negative).mean() + (positive == negative).mean() / 2


@pytest.fixture(scope="session")
def collaborative_win_share():
    """How often item-item cosine ranks a held-out item above another user's; 0.5 is chance."""

    def share(users, items):
        train, rows, positives, negatives = _held_out(users, items)
        degrees = np.maximum(np.asarray(train.sum(axis=0)).ravel(), 1)
        scaled = train @ sp.diags(degrees**-0.5)
        scores = train @ (scaled.T @ scaled).toarray()
        # Items that co-occur with everything would win by their degree.
        scores /= np.sqrt(degrees)
        return _win_share(scores[rows, positives], scores[rows, negatives])

    return share


@pytest.fixture(scope="session")
def content_win_share():
    """Likewise of the cosine between an item's features and the mean of the user's items."""

    def share(users, items, features):
        train, rows, positives, negatives = _held_out(users, items)
        centred = features - features.mean(axis=0)
        centred = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
        centred = centred[: train.shape[1]]
        profiles = train @ centred
        known = train.getnnz(axis=1)[rows] > 0
        one, other = (
            np.einsum("nf,nf->n", profiles[rows], centred[columns])[known]
            for columns in (positives, negatives)
        )
        return _win_share(one, other)

    return share
