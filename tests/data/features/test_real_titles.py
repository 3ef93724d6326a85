import csv

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import Texts

NEIGHBOURS = 10


@pytest.fixture(scope="module")
def microlens(real_data):
    """Titles, and the users (rows) of each item (columns)."""
    folder = real_data("microlens-50k")
    path = folder / "MicroLens-50k_titles.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    ids = np.array([int(row[0]) for row in rows])
    columns = {int(item): column for column, item in enumerate(ids)}
    users, items = [], []
    for user, line in enumerate((folder / "MicroLens-50k_pairs.tsv").read_text().splitlines()):
        for item in line.split("\t")[1].split():
            users.append(user)
            items.append(columns[int(item)])
    seen = sp.csr_matrix((np.ones(len(users)), (users, items)), shape=(max(users) + 1, len(ids)))
    seen.data[:] = 1
    return Texts("title", ids, path, tuple(row[1] for row in rows)), seen


def lift(encoded, seen):
    """Users that an item shares with its nearest others, over what its and their degrees give."""
    rows = encoded.rows - encoded.rows[encoded.present].mean(axis=0)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    degrees = np.asarray(seen.sum(axis=0)).ravel()
    together = (seen.T @ seen).tocsr()
    rng = np.random.default_rng(0)
    some = rng.choice(np.flatnonzero(encoded.present), 3000, replace=False)
    cosines = rows[some] @ rows.T
    cosines[np.arange(len(some)), some] = -2
    cosines[:, ~encoded.present] = -2
    nearest = np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, :NEIGHBOURS].ravel()
    centre = np.repeat(some, NEIGHBOURS)
    observed = np.asarray(together[centre, nearest]).sum()
    return observed / (degrees[centre] * degrees[nearest] / seen.shape[0]).sum()


# Pairs drawn at random have a lift of 1.2: popularity is not all that users share.
@pytest.mark.slow
@pytest.mark.parametrize(("encoder", "least"), [("tfidf_svd", 15), ("doc2vec", 17)])
def test_neighbours_by_title_share_viewers(microlens, encode_as, encoder, least):
    titles, seen = microlens
    encoded = encode_as(titles, encoder)
    assert encoded.rows.shape == (len(titles.texts), 64)
    assert encoded.present.mean() > 0.99
    assert lift(encoded, seen) > least
