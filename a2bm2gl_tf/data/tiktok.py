"""The TikTok data in DiffMM's layout: a given split as pickled matrices, features as .npy."""

from pathlib import Path

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.aligned_files import read_features
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.preparation.random_split import interaction_matrix
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.data.reading.sparse_pickles import load_sparse_matrix
from a2bm2gl_tf.data.registry import register_dataset
from a2bm2gl_tf.errors import UserError

_FILES = {"train": "trnMat.pkl", "validation": "valMat.pkl", "test": "tstMat.pkl"}


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
    train, validation, test = _read_split(folder)
    num_items = train.shape[1]
    modalities = [
        read_features(name, folder / f"{name}_feat.npy", num_items) for name in ("image", "audio")
    ]
    text = folder / "text_feat.npy"
    if text.exists():
        modalities.append(read_features("text", text, num_items))
    clean_test = _remove(test, train)
    clean_validation = _remove(_remove(validation, train), clean_test)
    dropped_test = test.nnz - clean_test.nnz
    dropped_validation = validation.nnz - clean_validation.nnz
    return Dataset(
        name="tiktok",
        user_ids=np.arange(train.shape[0]),
        item_ids=np.arange(num_items),
        item_titles=None,
        modalities=tuple(modalities),
        train=train,
        validation=clean_validation,
        test=clean_test,
        split=(
            f"given by {', '.join(_FILES.values())}; dropped as seen elsewhere: "
            f"{dropped_validation} validation, {dropped_test} test"
        ),
    )


def _read_split(folder: Path) -> list[sp.csr_matrix]:
    matrices = []
    for name in _FILES.values():
        stored = load_sparse_matrix(folder / name)
        if matrices and stored.shape != matrices[0].shape:
            raise UserError(
                f"{folder / name}: shape {stored.shape} where {_FILES['train']} has "
                f"{matrices[0].shape}; use files of the same release"
            )
        seen = stored.data != 0
        matrices.append(interaction_matrix(stored.row[seen], stored.col[seen], stored.shape))
    return matrices


def _remove(matrix: sp.csr_matrix, other: sp.csr_matrix) -> sp.csr_matrix:
    """The entries of `matrix` that `other` lacks."""
    left = (matrix - matrix.multiply(other)).tocsr()
    left.eliminate_zeros()
    left.sort_indices()
    return left
