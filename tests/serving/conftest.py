import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.models.explanation import AttendedNeighbours, ItemPart
from a2bm2gl_tf.serving.explanation import ExplanationIndex
from a2bm2gl_tf.serving.index import EmbeddingIndex

# Small whole numbers: every dot product is exact in float32, so ties are ties everywhere.
USERS = [[1, 0, 2], [0, 1, 0], [2, 2, 1], [1, 1, 1]]
ITEMS = [[1, 0, 1], [0, 2, 0], [1, 0, 1], [2, 1, 0], [0, 0, 0], [1, 1, 3]]
SEEN = [[0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0], [0, 1, 0, 0, 0, 1]]
TITLES = ("Première", "夜の海", "🎬 clip", "plain", "", "Ж")
TEXT_USERS = ["ann", "bé", "chloë", "陳"]
TEXT_ITEMS = ["v1", "v2", "v3", "ví", "v5", "v6"]


@pytest.fixture(scope="session")
def make_index():
    def make(kind="integer", **changes):
        integer = kind == "integer"
        fields = {
            "user_embeddings": np.array(USERS, dtype=np.float32),
            "item_embeddings": np.array(ITEMS, dtype=np.float32),
            "user_ids": np.array([70, -5, 2**40, 9] if integer else TEXT_USERS),
            "item_ids": np.array(
                [600, 500, 400, 300, 200, 100] if integer else TEXT_ITEMS,
                dtype=np.int64 if integer else object,
            ),
            "seen": sp.csr_matrix(np.array(SEEN, dtype=np.float32)),
            "item_titles": TITLES,
        }
        return EmbeddingIndex(**{**fields, **changes})

    return make


@pytest.fixture(scope="session")
def random_index():
    rng = np.random.default_rng(7)
    seen = sp.csr_matrix((rng.random((40, 90)) < 0.2).astype(np.float32))
    return EmbeddingIndex(
        user_embeddings=rng.normal(size=(40, 16)).astype(np.float32),
        item_embeddings=rng.normal(size=(90, 16)).astype(np.float32),
        user_ids=rng.permutation(1000)[:40].astype(np.int64),
        item_ids=rng.permutation(1000)[:90].astype(np.int64),
        seen=seen,
        item_titles=tuple(f"title {item}" for item in range(90)),
    )


PART_NAMES = ("collaborative", "visual", "acoustic")
GRAPH_NAMES = ("interaction", "visual")


@pytest.fixture(scope="session")
def item_parts():
    """A function of an index to three parts of its items, the last of which item 1 lacks."""

    def make(index):
        rng = np.random.default_rng(11)
        shape = index.item_embeddings.shape
        visual, acoustic = (rng.normal(scale=scale, size=shape).astype("f4") for scale in (1, 30))
        acoustic[1] = 0
        rest = index.item_embeddings - visual - acoustic
        rows = (rest, visual, acoustic)
        return [ItemPart(name, tf.constant(x)) for name, x in zip(PART_NAMES, rows, strict=True)]

    return make


@pytest.fixture(scope="session")
def explained(item_parts):
    """A function of an index to its `ExplanationIndex`: 3 parts, 2 graphs with gaps."""

    def make(index):
        rng = np.random.default_rng(12)
        num_users, num_items = index.seen.shape
        attended = []
        for first, graph in ((0, "interaction"), (num_users, "visual")):
            nodes = rng.integers(first, num_users + num_items, (num_items, 5))
            weights = -np.sort(-rng.random((num_items, 5)), axis=1).astype("f4")
            gaps = np.arange(5) >= rng.integers(0, 6, num_items)[:, None]
            nodes[gaps], weights[gaps] = -1, 0
            attended.append(AttendedNeighbours(graph, nodes, weights))
        return ExplanationIndex.of_parts(index, item_parts(index), attended)

    return make
