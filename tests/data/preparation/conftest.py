from pathlib import Path

import numpy as np
import pytest

from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.formats.raw import Interactions, RawData


def _column(values, dtype):
    return None if values is None else np.array(values, dtype)


@pytest.fixture
def interactions():
    """Makes `Interactions` of rows (user, item[, value[, time[, part]]]) of whole numbers."""

    def make(rows, fields="", catalogue=()):
        columns = dict(zip(("user", "item", *fields.split()), zip(*rows, strict=True), strict=True))
        user_ids, users = np.unique(columns["user"], return_inverse=True)
        item_ids = np.unique(np.concatenate([columns["item"], np.array(catalogue, np.int64)]))
        return Interactions(
            user_ids.astype(np.int64),
            item_ids.astype(np.int64),
            users.astype(np.int32),
            np.searchsorted(item_ids, columns["item"]).astype(np.int32),
            values=_column(columns.get("value"), np.float32),
            times=_column(columns.get("time"), np.int64),
            parts=_column(columns.get("part"), np.uint8),
        )

    return make


@pytest.fixture
def triples():
    """The records as (user id, item id) or, with parts, (user id, item id, part)."""

    def read(data, parts=None):
        users = data.user_ids[data.users].tolist()
        items = data.item_ids[data.items].tolist()
        if parts is None:
            return list(zip(users, items, strict=True))
        return list(zip(users, items, np.asarray(parts).tolist(), strict=True))

    return read


@pytest.fixture
def raw_data(interactions):
    """Fifty users and forty items, with values, times, vectors and titles."""

    def make(seed=0, order=None, names=("visual",)):
        rng = np.random.default_rng(seed)
        users, items = np.nonzero(rng.random((50, 40)) < 0.3)
        rows = np.stack(
            [users, items + 100, rng.integers(1, 6, len(users)), rng.integers(0, 9000, len(users))]
        ).T
        if order is not None:
            rows = rows[order.permutation(len(rows))]
        data = interactions(rows, "value time")
        contents = []
        for name in names:
            vectors = rng.normal(size=(len(data.item_ids), 6)).astype(np.float32)
            shuffled = np.arange(len(vectors)) if order is None else order.permutation(len(vectors))
            contents.append(
                Vectors(name, data.item_ids[shuffled], Path(f"{name}.npy"), vectors[shuffled])
            )
        titles = {item: f"Film {item}" for item in data.item_ids.tolist() if item != 105}
        return RawData(data, tuple(contents), titles, counts={"records": len(data)})

    return make
