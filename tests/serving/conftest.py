import numpy as np
import pytest
import scipy.sparse as sp

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
