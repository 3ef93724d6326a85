"""The TikTok data in DiffMM's layout as a dataset, with the split that it comes with."""

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.formats.diffmm import PART_FILES, read_diffmm_files
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.preparation.random_split import interaction_matrix
from a2bm2gl_tf.data.reading.paths import require_directory, require_file
from a2bm2gl_tf.data.registry import register_dataset

_MODALITIES = ("image", "audio", "text")


@register_dataset("tiktok", data_dir=True)
def read_tiktok(options: DatasetOptions) -> Dataset:
    """Reads the given split and the image, audio and (where it is there) text features.

    Any non-zero entry is an interaction and repeated entries count once. Validation and test
    entries that are in the training data are dropped, then validation entries that are in the test
    data; the split line counts them. Ids are row and column numbers. The seed and the split
    fractions have no effect.

    Args:
      options: see `DatasetOptions`.

    Returns:
      The dataset (DiffMM's release: 9,308 users, 6,710 items).

    Raises:
      UserError: naming the file that is not as it should be.
    """
    folder = require_directory(options.data_dir, "data_dir")
    for name in ("image", "audio"):
        require_file(folder / f"{name}_feat.npy")
    raw = read_diffmm_files(folder)
    contents = {content.name: content for content in raw.contents}
    found = raw.interactions
    shape = (len(found.user_ids), len(found.item_ids))
    train, validation, test = (
        interaction_matrix(
            found.users[found.parts == part], found.items[found.parts == part], shape
        )
        for part in (TRAIN, VALIDATION, TEST)
    )
    clean_test = _remove(test, train)
    clean_validation = _remove(_remove(validation, train), clean_test)
    dropped_test = test.nnz - clean_test.nnz
    dropped_validation = validation.nnz - clean_validation.nnz
    return Dataset(
        name="tiktok",
        user_ids=found.user_ids,
        item_ids=found.item_ids,
        item_titles=None,
        modalities=tuple(
            _as_modality(contents[name], shape[1]) for name in _MODALITIES if name in contents
        ),
        train=train,
        validation=clean_validation,
        test=clean_test,
        split=(
            f"given by {', '.join(PART_FILES.values())}; dropped as seen elsewhere: "
            f"{dropped_validation} validation, {dropped_test} test"
        ),
    )


def _as_modality(content: Vectors, num_items: int) -> Modality:
    features = np.zeros((num_items, content.rows.shape[1]), np.float32)
    # Ids are row numbers.
    features[content.item_ids] = content.rows
    present = np.zeros(num_items, bool)
    present[content.item_ids] = True
    return Modality(content.name, features, present)


def _remove(matrix: sp.csr_matrix, other: sp.csr_matrix) -> sp.csr_matrix:
    """The entries of `matrix` that `other` lacks."""
    left = (matrix - matrix.multiply(other)).tocsr()
    left.eliminate_zeros()
    left.sort_indices()
    return left
