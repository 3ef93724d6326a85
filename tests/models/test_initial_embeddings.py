import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.models.baselines.ease import ease_weights
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.initial_embeddings import spectral_embeddings
from a2bm2gl_tf.models.registry import build_model

TRAIN = sp.csr_matrix((np.random.default_rng(0).random((12, 9)) < 0.4).astype(np.float32))


def _best_of_rank(scores, rank):
    left, values, right = np.linalg.svd(scores, full_matrices=False)
    return (left[:, :rank] * values[:rank]) @ right[:rank]


@pytest.mark.parametrize("source", ["svd", "ease"])
@pytest.mark.parametrize("dimension", [1, 4])
def test_products_are_the_best_approximation_of_the_scores(source, dimension):
    scores = TRAIN.toarray()
    if source == "ease":
        scores = scores @ ease_weights(TRAIN, 300.0)
    embeddings = spectral_embeddings(TRAIN, dimension, source, seed=1)
    assert embeddings.dtype == np.float32
    products = embeddings[:12] @ embeddings[12:].T
    expected = _best_of_rank(scores, dimension)
    np.testing.assert_allclose(products, expected, rtol=1e-4, atol=1e-5 * abs(expected).max())


def test_components_beyond_the_rank_are_empty():
    embeddings = spectral_embeddings(TRAIN, 20, "svd", seed=1)
    assert embeddings.shape == (21, 20)
    assert not embeddings[:, 8:].any()
    assert embeddings[:, :8].any(axis=0).all()
    assert not spectral_embeddings(sp.csr_matrix((3, 4)), 2, "svd", seed=1).any()


def test_the_seed_does_not_decide_what_they_are_worth():
    first, other = (spectral_embeddings(TRAIN, 3, "svd", seed) for seed in (1, 2))
    np.testing.assert_allclose(
        first[:12] @ first[12:].T, other[:12] @ other[12:].T, rtol=1e-4, atol=1e-5
    )


def test_a_model_starts_from_them_where_its_settings_say_so(small_dataset):
    tables = {}
    for source in ("gaussian", "svd", "ease"):
        config = ModelConfig(dimension=8, own={"initialisation": source})
        model = build_model("a2bm2gl", small_dataset, config)
        model.solve()
        tables[source] = model.node_embeddings.table.numpy()
    for source in ("svd", "ease"):
        expected = spectral_embeddings(small_dataset.train, 8, source, seed=0)
        np.testing.assert_array_equal(tables[source], expected)
    assert not np.allclose(tables["gaussian"], tables["svd"])
