"""Data and weights for models that are compared with their formulas."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.modality import Modality


@pytest.fixture
def partial(small_dataset):
    """Two modalities, of which items 0, 3, 6, ... have only the second."""
    rng = np.random.default_rng(0)
    present = np.arange(small_dataset.num_items) % 3 > 0
    first = (rng.normal(size=(small_dataset.num_items, 7)) * present[:, None]).astype("f4")
    second = rng.normal(size=(small_dataset.num_items, 4)).astype("f4")
    modalities = (Modality("first", first, present), Modality("second", second, present | True))
    return dataclasses.replace(small_dataset, modalities=modalities)


@pytest.fixture
def fill():
    """A function that puts random values into every weight, biases too, which start at 0."""

    def fill_with(model):
        rng = np.random.default_rng(1)
        for variable in model.variables:
            variable.assign(0.3 * rng.normal(size=variable.shape))

    return fill_with


@pytest.fixture(scope="session")
def tiny_dataset():
    """A function of a dense 0/1 matrix of interactions, and modalities, to a dataset."""

    def make(interactions, modalities=()) -> Dataset:
        train = sp.csr_matrix(np.asarray(interactions, np.float32))
        num_users, num_items = train.shape
        nothing = sp.csr_matrix(train.shape, dtype=np.float32)
        return Dataset(
            name="tiny",
            user_ids=np.arange(num_users),
            item_ids=np.arange(num_items),
            item_titles=None,
            modalities=tuple(modalities),
            train=train,
            validation=nothing,
            test=nothing,
            split="none",
        )

    return make
