import dataclasses

import numpy as np

from a2bm2gl_tf.data.fingerprint import data_fingerprint


def test_the_fingerprint_knows_the_split_and_the_features(small_dataset):
    known = data_fingerprint(small_dataset)
    assert data_fingerprint(dataclasses.replace(small_dataset, name="renamed")) == known
    swapped = dataclasses.replace(
        small_dataset, validation=small_dataset.test, test=small_dataset.validation
    )
    first = small_dataset.modalities[0]
    features = np.array(first.features)
    features[0, 0] += 1e-3
    touched = dataclasses.replace(first, features=features)
    others = [
        swapped,
        dataclasses.replace(small_dataset, modalities=small_dataset.modalities[1:]),
        dataclasses.replace(small_dataset, modalities=(touched, *small_dataset.modalities[1:])),
    ]
    assert len({known, *map(data_fingerprint, others)}) == 4
