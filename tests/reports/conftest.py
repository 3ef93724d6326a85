import numpy as np
import pytest

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.preparation.result import Prepared


@pytest.fixture
def prepared():
    """Three users, four items, six interactions, two folds; made by hand."""
    features = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], np.float32)
    return Prepared(
        user_ids=np.array([5, 6, 9]),
        item_ids=np.array(["a", "b", "c", "d"]),
        users=np.array([0, 0, 0, 1, 1, 2], np.int32),
        items=np.array([0, 1, 2, 0, 2, 2], np.int32),
        parts=np.array([[0, 0, 2, 0, 2, 2], [2, 0, 0, 1, 0, 0]], np.uint8),
        values=np.array([1, 2, 3, 4, 5, 3], np.float32),
        times=np.array([10, 30, 20, 40, 50, 35]) + 880_000_000,
        titles=("Alpha", None, "<b>Gamma</b>", "Alpha"),
        modalities=(Modality("text", features, np.array([True, True, True, False])),),
        statistics={},
        record={"name": "tiny & <small>", "split": {"recipe": "by hand"}},
    )
