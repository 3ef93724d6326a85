from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import Categories, Images, Texts, Vectors, WordCounts
from a2bm2gl_tf.data.features.encoding import EncodingOptions, encode


@pytest.fixture
def texts():
    def build(*titles):
        return Texts("title", np.arange(1, len(titles) + 1), Path("titles.csv"), titles)

    return build


@pytest.fixture
def words():
    def build(counts):
        matrix = sp.csr_matrix(np.asarray(counts, np.float32))
        return WordCounts("words", np.arange(1, matrix.shape[0] + 1), Path("words.txt"), matrix)

    return build


@pytest.fixture
def flags():
    def build(table, labels):
        matrix = sp.csr_matrix(np.asarray(table, np.float32))
        ids = np.arange(1, matrix.shape[0] + 1)
        return Categories("genre", ids, Path("items.csv"), matrix, tuple(labels))

    return build


@pytest.fixture
def vectors():
    def build(rows):
        rows = np.asarray(rows, np.float32)
        return Vectors("audio", np.arange(1, len(rows) + 1), Path("audio.npy"), rows)

    return build


@pytest.fixture
def images():
    def build(*paths):
        return Images("cover", np.arange(1, len(paths) + 1), Path("covers"), paths)

    return build


@pytest.fixture
def encode_as():
    """Encodes content by the encoder of a name, whatever its kind."""
    kinds = {Texts: "text", WordCounts: "word", Categories: "category"}
    kinds |= {Images: "image", Vectors: "vector"}

    def run(content, encoder, **options):
        flag = f"{kinds[type(content)]}_encoder"
        return encode(content, EncodingOptions(**{flag: encoder}, **options))

    return run


@pytest.fixture
def two_topics():
    """240 titles, even ones of one topic and odd ones of another, a few words in common."""
    rng = np.random.default_rng(5)
    vocabularies = [[f"{topic}{k}" for k in range(30)] for topic in ("cat", "car")]
    shared = [f"common{k}" for k in range(10)]
    return [
        " ".join([*rng.choice(vocabularies[row % 2], 8), *rng.choice(shared, 4)])
        for row in range(240)
    ]
