"""What must hold of every dataset, whichever reader it came from."""

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError


def check_dataset(dataset: Dataset) -> None:
    """Checks a dataset before anything is computed from it.

    Raises:
      UserError: if a split is empty: the data or the fractions are too small.
      ValueError: if the reader broke a promise of `Dataset`.
    """
    splits = {name: getattr(dataset, name) for name in ("train", "validation", "test")}
    for name, matrix in splits.items():
        _check_matrix(name, matrix, dataset.train.shape)
    for name, matrix in splits.items():
        if matrix.nnz == 0:
            raise UserError(
                f"{dataset.name}: the {name} split is empty ({dataset.split}); "
                "use users with more interactions, or another --test_fraction "
                "or --validation_fraction"
            )
    for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
        if splits[one].multiply(splits[other]).nnz:
            raise ValueError(f"{one} and {other} share interactions")
    if len(dataset.user_ids) != dataset.num_users or len(dataset.item_ids) != dataset.num_items:
        raise ValueError("ids and interaction matrices differ in length")
    if dataset.item_titles is not None and len(dataset.item_titles) != dataset.num_items:
        raise ValueError("titles and items differ in length")
    for modality in dataset.modalities:
        if modality.features.shape[0] != dataset.num_items:
            raise ValueError(f"modality {modality.name}: rows and items differ in number")
        if modality.features.dtype != np.float32 or not np.isfinite(modality.features).all():
            raise ValueError(f"modality {modality.name}: features are not finite float32")
        if modality.present.shape != (dataset.num_items,) or modality.present.dtype != bool:
            raise ValueError(f"modality {modality.name}: `present` is not a bool per item")
        if modality.features[~modality.present].any():
            raise ValueError(f"modality {modality.name}: a missing item's features are not zero")


def _check_matrix(name: str, matrix: sp.csr_matrix, shape: tuple[int, int]) -> None:
    if matrix.format != "csr" or matrix.dtype != np.float32 or matrix.shape != shape:
        raise ValueError(f"{name} is not a float32 CSR matrix of the shape of train")
    if not matrix.has_canonical_format:
        raise ValueError(f"{name} has unsorted or repeated indices")
    if (matrix.data != 1).any():
        raise ValueError(f"{name} holds values other than one")
