import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler, normalize

from a2bm2gl_tf.data.features import scaling
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.features.scaling import SCALINGS, scale_modality

PRESENT = np.arange(40) % 5 != 2


@pytest.fixture
def modality():
    rng = np.random.default_rng(0)
    features = (rng.standard_normal((40, 6)) * [1, 5, 0.1, 30, 2, 1] + 4).astype(np.float32)
    features[~PRESENT] = 0
    return Modality("visual", features, PRESENT)


def reference(rows, scaling):
    if "zscore" in scaling:
        rows = StandardScaler().fit_transform(rows.astype(np.float64))
    return normalize(rows) if "l2" in scaling else rows


@pytest.mark.parametrize("scaling", SCALINGS)
def test_agrees_with_sklearn_on_present_rows(modality, scaling):
    scaled = scale_modality(modality, scaling)
    expected = reference(modality.features[PRESENT], scaling)
    np.testing.assert_allclose(scaled.features[PRESENT], expected, rtol=1e-5, atol=1e-6)
    assert scaled.features.dtype == np.float32


@pytest.mark.parametrize("scaling", SCALINGS)
def test_missing_rows_stay_zero(modality, scaling):
    assert not scale_modality(modality, scaling).features[~PRESENT].any()


def test_missing_rows_do_not_shift_the_mean():
    features = np.array([[2], [0], [4]], np.float32)
    modality = Modality("visual", features, np.array([True, False, True]))
    # Mean 3 and deviation 1 of {2, 4}; with the missing 0 they would be 2 and 1.63.
    assert scale_modality(modality, "zscore").features.ravel().tolist() == [-1, 0, 1]


@pytest.mark.parametrize("value", [0.0, 0.1, 7e8])
def test_constant_columns_become_zero(value):
    features = np.full((7, 2), value, np.float32)
    features[:, 1] = np.arange(7)
    scaled = scale_modality(Modality("visual", features, np.ones(7, bool)), "zscore")
    assert not scaled.features[:, 0].any()
    np.testing.assert_allclose(scaled.features[:, 1].std(), 1, rtol=1e-6)


@pytest.mark.parametrize("scaling", ["l2", "zscore_l2"])
def test_zero_rows_have_no_length_to_divide_by(scaling):
    features = np.array([[0, 0], [3, 4], [-3, -4]], np.float32)
    scaled = scale_modality(Modality("visual", features, np.ones(3, bool)), scaling).features
    assert scaled[0].tolist() == [0, 0]
    np.testing.assert_allclose(np.linalg.norm(scaled[1:], axis=1), 1, rtol=1e-6)


def test_large_values_keep_their_precision():
    # In float32 the squared deviations from a mean of 1e6 would lose the unit steps.
    features = (1e6 + np.arange(8, dtype=np.float64)).astype(np.float32)[:, None]
    scaled = scale_modality(Modality("visual", features, np.ones(8, bool)), "zscore").features
    expected = (np.arange(8) - 3.5) / np.arange(8).std()
    np.testing.assert_allclose(scaled.ravel(), expected, rtol=1e-6)


def test_leaves_the_given_modality_alone(modality):
    before = modality.features.copy()
    scale_modality(modality, "zscore_l2")
    np.testing.assert_array_equal(modality.features, before)


def test_unknown_scaling_is_a_programming_error(modality):
    with pytest.raises(ValueError, match="minmax"):
        scale_modality(modality, "minmax")


def test_blocks_leave_no_trace(monkeypatch):
    rows = np.random.default_rng(0).normal(3, 2, (101, 7)).astype(np.float32)
    modality = Modality("m", rows, np.ones(101, bool))
    whole = scale_modality(modality, "zscore_l2").features
    monkeypatch.setattr(scaling, "_BLOCK_ELEMENTS", 40)
    np.testing.assert_array_equal(scale_modality(modality, "zscore_l2").features, whole)
