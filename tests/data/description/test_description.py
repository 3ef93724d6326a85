import dataclasses

import numpy as np

from a2bm2gl_tf.data.description.description import describe
from a2bm2gl_tf.data.description.leakage import TimeOrder, Unseen
from a2bm2gl_tf.data.description.sizes import Size
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.preparation.result import Prepared


def _prepared():
    return Prepared(
        user_ids=np.arange(3),
        item_ids=np.arange(4),
        users=np.array([0, 0, 0, 1, 1, 2], np.int32),
        items=np.array([0, 1, 2, 0, 2, 2], np.int32),
        parts=np.array([[0, 0, 2, 0, 2, 2], [2, 0, 0, 1, 0, 0]], np.uint8),
        values=np.array([1, 2, 3, 4, 5, 3], np.float32),
        times=np.array([10, 30, 20, 40, 50, 35]),
        titles=("a", None, "b", "a"),
        modalities=(
            Modality("x", np.ones((4, 2), np.float32), np.array([True, True, True, False])),
            Modality("y", np.eye(4, dtype=np.float32), np.array([False, True, True, True])),
        ),
        statistics={},
        record={"name": "tiny", "split": {"recipe": "by hand"}},
    )


def test_a_tiny_data_set_by_hand():
    description = describe(_prepared())
    assert description.size == Size(3, 4, 6, 50.0)
    assert (description.user_degrees.most, description.item_degrees.least) == (3, 0)
    assert description.values == (1, 3, 5)
    assert description.times == (10, 50)
    assert [one.repeated_rows for one in description.modalities] == [2, 0]
    assert description.items_with_all_modalities == 2
    assert (description.titled_items, description.repeated_titles) == (3, 1)
    assert description.repeated_pairs == 0


def test_each_fold_by_hand():
    first, second = describe(_prepared()).folds
    assert first.parts == {
        "train": Size(2, 2, 3, 75.0),
        "validation": Size(0, 0, 0, 100.0),
        "test": Size(3, 1, 3, 75.0),
    }
    assert (first.cold_users, first.cold_items, first.untested_users) == (1, 2, 0)
    assert first.unseen_users == Unseen(1, 1)
    assert first.unseen_items == Unseen(1, 3)
    assert first.time_order == TimeOrder(1, 1, 2)
    assert (second.cold_users, second.cold_items, second.untested_users) == (0, 2, 2)
    assert second.unseen_items == Unseen(1, 1)
    assert second.time_order == TimeOrder(1, 1, 1)


def test_what_is_absent_is_none():
    bare = dataclasses.replace(_prepared(), values=None, times=None, titles=None, modalities=())
    description = describe(bare)
    assert description.values is description.times is description.items_with_all_modalities is None
    assert description.folds[0].time_order is None
    assert (description.titled_items, description.modalities) == (0, ())


def test_a_planted_leak_is_in_the_description():
    clean = _prepared()
    leaky = dataclasses.replace(
        clean,
        users=np.append(clean.users, np.int32(2)),
        items=np.append(clean.items, np.int32(2)),
        parts=np.concatenate([clean.parts, np.array([[0], [0]], np.uint8)], axis=1),
        times=None,
        values=None,
    )
    description = describe(leaky)
    assert description.repeated_pairs == 1
    assert [fold.pairs_in_several_parts for fold in description.folds] == [1, 0]
