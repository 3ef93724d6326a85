import numpy as np

from a2bm2gl_tf.data.description.content import (
    ModalityCoverage,
    count_repeated_titles,
    count_with_all,
    cover_modality,
)


def test_coverage_by_hand():
    features = np.array(
        [[1, 2], [1, 2], [0, 0], [-0.0, 0], [1, 2], [3, 4], [1, 2]], dtype=np.float32
    )
    present = np.array([True, True, True, True, True, True, False])
    # Three are (1, 2); 0 equals -0; the last is missing, so it repeats nothing.
    assert cover_modality("text", features, present) == ModalityCoverage(
        name="text",
        width=2,
        present=6,
        present_percent=600 / 7,
        zero_rows=2,
        repeated_rows=3,
        largest_group=3,
    )


def test_a_modality_that_no_item_has():
    coverage = cover_modality("face", np.zeros((3, 4), np.float32), np.zeros(3, bool))
    assert (coverage.present, coverage.repeated_rows, coverage.largest_group) == (0, 0, 0)


def test_items_with_all():
    masks = [np.array([True, True, False]), np.array([True, False, True])]
    assert count_with_all(masks) == 1


def test_repeated_titles_leave_out_the_missing():
    assert count_repeated_titles(["a", None, "b", "a", None, "a"]) == 2
