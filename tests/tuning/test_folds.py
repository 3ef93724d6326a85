import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.tuning.folds import cross_validation, without_test


def _pairs(matrix):
    return set(zip(*(axis.tolist() for axis in matrix.nonzero()), strict=True))


@pytest.fixture
def searched(small_dataset):
    return without_test(small_dataset)


def test_the_test_split_is_emptied_and_nothing_else(small_dataset, searched):
    assert small_dataset.test.nnz
    assert searched.test.nnz == 0
    assert searched.test.shape == small_dataset.train.shape
    assert searched.train is small_dataset.train
    assert searched.validation is small_dataset.validation
    with pytest.raises(ValueError, match="without a test split"):
        cross_validation(small_dataset, 2, seed=0)


@pytest.mark.parametrize("folds", [2, 3, 7])
def test_each_interaction_is_validated_once_and_trained_on_in_all_other_folds(
    small_dataset, searched, folds
):
    pool = _pairs(small_dataset.train) | _pairs(small_dataset.validation)
    parts = cross_validation(searched, folds, seed=1)
    assert len(parts) == folds
    validated = [_pairs(part.validation) for part in parts]
    assert set.union(*validated) == pool
    assert sum(map(len, validated)) == len(pool)
    for part, held_out in zip(parts, validated, strict=True):
        assert _pairs(part.train) == pool - held_out
        assert part.test.nnz == 0
        assert not _pairs(part.train) & _pairs(small_dataset.test)
        for matrix in (part.train, part.validation):
            assert matrix.dtype == np.float32
            assert matrix.has_sorted_indices
            assert set(matrix.data) == {1.0}
    # Of each user, the folds have equally many items, but for one.
    counts = np.stack([part.validation.getnnz(axis=1) for part in parts])
    assert (counts.max(axis=0) - counts.min(axis=0)).max() <= 1
    totals = counts.sum(axis=1)
    assert totals.max() - totals.min() < 0.2 * totals.mean()


def test_users_with_few_items_by_hand(searched):
    import dataclasses

    train = sp.csr_matrix(np.array([[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 0]], np.float32))
    validation = sp.csr_matrix(np.array([[0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]], np.float32))
    data = dataclasses.replace(
        searched,
        train=train,
        validation=validation,
        test=sp.csr_matrix((3, 4), dtype=np.float32),
        modalities=(),
    )
    parts = cross_validation(data, 3, seed=0)
    # Three items and three folds: one each.
    assert [part.validation[0].nnz for part in parts] == [1, 1, 1]
    assert [part.validation[1].nnz for part in parts] == [0, 0, 0]
    assert sorted(part.validation[2].nnz for part in parts) == [0, 0, 1]


def test_folds_are_seeded(searched):
    def validated(seed):
        return [_pairs(part.validation) for part in cross_validation(searched, 3, seed)]

    assert validated(0) == validated(0)
    assert validated(0) != validated(1)
