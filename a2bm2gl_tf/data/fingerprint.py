"""A digest by which a dataset is recognised wherever it lies."""

import hashlib

import numpy as np

from a2bm2gl_tf.data.dataset import Dataset

_DIGITS = 16


def data_fingerprint(dataset: Dataset) -> str:
    """A digest of everything of a dataset that a result depends on: split and content features.

    Args:
      dataset: where it lies and what it is called do not count.

    Returns:
      16 hexadecimal digits.
    """
    digest = hashlib.blake2b()
    for matrix in (dataset.train, dataset.validation, dataset.test):
        digest.update(repr(matrix.shape).encode())
        for array, dtype in (
            (matrix.indptr, np.int64),
            (matrix.indices, np.int64),
            (matrix.data, np.float32),
        ):
            digest.update(np.ascontiguousarray(array, dtype))
    for modality in dataset.modalities:
        digest.update(f"{modality.name} {modality.features.shape}".encode())
        digest.update(np.ascontiguousarray(modality.features, np.float32))
        digest.update(np.ascontiguousarray(modality.present, np.uint8))
    return digest.hexdigest()[:_DIGITS]
