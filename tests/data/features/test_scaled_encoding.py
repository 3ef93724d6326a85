import dataclasses
import hashlib
import json

import numpy as np
import pytest

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.features.scaled_encoding import scale_encoded, scale_new_rows
from a2bm2gl_tf.data.features.scaling import SCALINGS, scale_modality


@pytest.fixture
def encoded(vectors, encode_as):
    rows = np.random.default_rng(0).standard_normal((30, 5)) * [1, 5, 0.1, 30, 0] + 4
    rows[[3, 8]] = 0
    return encode_as(vectors(rows), "as_is")


@pytest.mark.parametrize("scaling", SCALINGS)
def test_scales_as_a_modality(encoded, scaling):
    expected = scale_modality(Modality("audio", encoded.rows, encoded.present), scaling)
    np.testing.assert_array_equal(scale_encoded(encoded, scaling).rows, expected.features)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_row_scaled_later_is_the_same_row(encoded, scaling):
    scaled = scale_encoded(encoded, scaling)
    parameters = json.loads(json.dumps(scaled.parameters))
    for row in np.flatnonzero(encoded.present):
        again = scale_new_rows(encoded.rows[[row]], parameters, scaled.statistics)
        np.testing.assert_array_equal(again[0], scaled.rows[row])


def test_new_rows_use_the_old_statistics(vectors, encode_as):
    scaled = scale_encoded(encode_as(vectors([[1, 7], [3, 7]]), "as_is"), "zscore")
    # Mean 2 and deviation 1; the constant column stays out of it.
    new = scale_new_rows(np.array([[6, 9]], np.float32), scaled.parameters, scaled.statistics)
    assert new.tolist() == [[4, 0]]
    assert new.dtype == np.float32


def test_statistics_are_named_by_hash(vectors, encode_as):
    scaled = scale_encoded(encode_as(vectors([[1, 7], [3, 7], [0, 0]]), "as_is"), "zscore_l2")
    assert {name: values.tolist() for name, values in scaled.statistics.items()} == {
        "mean": [2, 7],
        "deviation": [1, 0],
    }
    assert scaled.parameters["scaling"] == "zscore_l2"
    assert scaled.parameters["fitted_rows"] == 2
    assert scaled.parameters["statistics"]["mean"] == {
        "shape": [2],
        "sha256": hashlib.sha256(np.array([2, 7], "<f8").tobytes()).hexdigest(),
    }


@pytest.mark.parametrize("scaling", ["none", "l2"])
def test_rowwise_scaling_has_no_statistics(encoded, scaling):
    scaled = scale_encoded(encoded, scaling)
    assert scaled.statistics == {}
    assert scaled.parameters["statistics"] == {}


def test_other_statistics_are_refused(encoded):
    scaled = scale_encoded(encoded, "zscore")
    other = scaled.statistics | {"mean": scaled.statistics["mean"] + 1e-12}
    with pytest.raises(ValueError, match="mean is not the one"):
        scale_new_rows(encoded.rows, scaled.parameters, other)
    with pytest.raises(ValueError, match="mean is not the one"):
        scale_new_rows(encoded.rows, scaled.parameters, {})


def test_unknown_scaling(encoded):
    with pytest.raises(ValueError, match="minmax"):
        scale_encoded(dataclasses.replace(encoded), "minmax")
