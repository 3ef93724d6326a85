import hashlib

import numpy as np

from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.data.synthetic import plant


def _digest(dataset):
    digest = hashlib.sha256()
    for matrix in (dataset.train, dataset.validation, dataset.test):
        digest.update(matrix.indptr.astype("<i8").tobytes())
        digest.update(matrix.indices.astype("<i8").tobytes())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_data_and_another_seed_other_data():
    first, again = (load_dataset("synthetic", DatasetOptions()) for _ in range(2))
    assert _digest(first) == _digest(again)
    for one, other in zip(first.modalities, again.modalities, strict=True):
        np.testing.assert_array_equal(one.features, other.features)
    assert _digest(load_dataset("synthetic", DatasetOptions(seed=1))) != _digest(first)


def test_sizes_are_met_exactly():
    asked = {"num_users": 123, "num_items": 77, "num_interactions": 1999}
    dataset = load_dataset("synthetic", DatasetOptions(**asked))
    assert dataset.train.shape == (123, 77)
    parts = dataset.train + dataset.validation + dataset.test
    assert parts.nnz == 1999
    assert parts.getnnz(axis=1).min() >= 5
    assert parts.max() == 1


def test_structure_that_was_planted_is_there():
    dataset = load_dataset("synthetic", DatasetOptions(feature_scaling="none"))
    interactions = (dataset.train + dataset.validation + dataset.test).toarray() > 0
    truth, genres = plant(1000, 800, seed=0)
    scores = truth.scores(np.arange(1000))
    # Users prefer items of high planted utility, and more so the more intense their taste.
    preferred = np.array([s[i].mean() - s[~i].mean() for s, i in zip(scores, interactions)])
    assert (preferred > 0).mean() > 0.99
    assert np.corrcoef(preferred, truth.intensity)[0, 1] > 0.7
    # A long tail: the most popular tenth of the items has far more than its share.
    degrees = np.sort(interactions.sum(axis=0))[::-1]
    assert degrees[:80].sum() > 0.2 * degrees.sum()
    # Each modality tells genres apart, none knows all, and each misses some items.
    for modality in dataset.modalities:
        assert 0 < (~modality.present).sum() < 80
        rows = modality.features / np.maximum(
            np.linalg.norm(modality.features, axis=1, keepdims=True), 1e-9
        )
        similarity = rows @ rows.T
        same = genres[:, None] == genres[None, :]
        both = modality.present[:, None] & modality.present[None, :] & ~np.eye(800, dtype=bool)
        assert similarity[same & both].mean() > similarity[~same & both].mean() + 0.1


def test_ids_and_titles_are_readable(small_dataset):
    assert small_dataset.user_ids[0] == "user01"
    assert small_dataset.item_ids.dtype == np.int64
    assert len(set(small_dataset.titles())) == small_dataset.num_items
