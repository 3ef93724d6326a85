import hashlib

import numpy as np

from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.data.synthetic import planted_scores
from a2bm2gl_tf.evaluation.evaluate import evaluate


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
    assert parts.getnnz(axis=1).min() >= 1
    assert parts.max() == 1


def test_the_planted_optimum_is_far_above_popularity():
    dataset = load_dataset("synthetic", DatasetOptions())
    seen = dataset.train + dataset.validation
    popularity = np.asarray(seen.sum(axis=0), np.float32).reshape(1, -1)

    def ndcg(score):
        return evaluate(score, dataset.test, seen, [10]).means["ndcg@10"]

    optimum = ndcg(lambda users: planted_scores(DatasetOptions(), users).astype(np.float32))
    assert optimum > 2 * ndcg(lambda users: np.tile(popularity, (len(users), 1)))


def test_structure_that_was_planted_is_there():
    dataset = load_dataset("synthetic", DatasetOptions(feature_scaling="none"))
    interactions = (dataset.train + dataset.validation + dataset.test).toarray() > 0
    # A long tail: the most popular tenth of the items has far more than its share.
    degrees = np.sort(interactions.sum(axis=0))[::-1]
    assert degrees[:80].sum() > 0.2 * degrees.sum()
    # Users differ in how much they do.
    activity = interactions.sum(axis=1)
    assert activity.max() > 4 * np.median(activity)
    # Items that the same users take look alike in every modality, and each modality misses some.
    scores = planted_scores(DatasetOptions(), np.arange(1000))
    taste = np.corrcoef(scores.T)
    for modality in dataset.modalities:
        assert 0 < (~modality.present).sum() < 80
        rows = modality.features[modality.present]
        alike = np.corrcoef(rows)
        pairs = np.triu_indices(len(rows), 1)
        known = taste[np.ix_(modality.present, modality.present)]
        correlation = np.corrcoef(alike[pairs], known[pairs])[0, 1]
        assert 0.1 < correlation < 0.95


def test_ids_and_titles_are_readable(small_dataset):
    assert small_dataset.user_ids[0] == "user0000"
    assert small_dataset.item_ids.dtype == np.int64
    assert len(set(small_dataset.titles())) == small_dataset.num_items
