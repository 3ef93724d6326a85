import numpy as np
import pytest

from a2bm2gl_tf.data.features.aligned_files import read_feature_folder, read_features
from a2bm2gl_tf.errors import UserError

ROWS = np.array([[1, 2], [0, 0], [3, 4]], np.float16)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "features"
    folder.mkdir()
    np.save(folder / "text_feat.npy", ROWS)
    return folder


def test_zero_rows_are_missing_without_a_mask(folder):
    modality = read_features("text", folder / "text_feat.npy", 3)
    assert modality.features.dtype == np.float32
    assert modality.features.tolist() == ROWS.tolist()
    assert modality.present.tolist() == [True, False, True]


def test_a_mask_decides_and_blanks_what_it_hides(folder):
    np.save(folder / "text_mask.npy", np.array([True, True, False]))
    (modality,) = read_feature_folder(folder, 3)
    assert modality.present.tolist() == [True, True, False]
    assert modality.features.tolist() == [[1, 2], [0, 0], [0, 0]]


def test_hidden_rows_may_hold_nan(folder):
    np.save(folder / "text_feat.npy", np.array([[1.0], [np.nan], [2.0]]))
    np.save(folder / "text_mask.npy", np.array([True, False, True]))
    (modality,) = read_feature_folder(folder, 3)
    assert modality.features.tolist() == [[1], [0], [2]]


def test_folder_is_read_by_name(folder):
    np.save(folder / "poster_feat_524.npy", np.ones((3, 4)))
    np.save(folder / "cover_art_feat_v2_small.npy", np.ones((3, 5), np.int8))
    np.save(folder / "poster_mask.npy", np.array([False, True, True]))
    np.save(folder / "other.npy", np.ones(7))
    (folder / "items.csv").write_text("id\n")
    modalities = read_feature_folder(folder, 3)
    assert [(m.name, m.dimension, int(m.present.sum())) for m in modalities] == [
        ("cover_art", 5, 3),
        ("poster", 4, 2),
        ("text", 2, 2),
    ]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39])
def test_first_row_that_is_not_finite_is_named(folder, bad):
    values = np.ones((3, 4))
    values[1, 2] = values[2, 0] = bad
    np.save(folder / "text_feat.npy", values)
    with pytest.raises(UserError, match=r"text_feat\.npy: row 2 holds NaN, an infinity"):
        read_feature_folder(folder, 3)


def test_row_count_must_match(folder):
    with pytest.raises(UserError, match=r"text_feat\.npy: has 3 rows for 4 items"):
        read_feature_folder(folder, 4)


@pytest.mark.parametrize(
    "values",
    [
        np.ones(3),
        np.ones((3, 0)),
        np.ones((3, 2), complex),
        np.full((3, 1), "x"),
        np.ones((3, 2)) > 0,
    ],
)
def test_only_tables_of_real_numbers(folder, values):
    np.save(folder / "text_feat.npy", values)
    with pytest.raises(UserError, match=r"text_feat\.npy: holds .* of shape"):
        read_feature_folder(folder, 3)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones(3, np.int64), "holds int64; give booleans"),
        (np.ones(4, bool), r"has shape \(4,\); give one value for each of 3"),
        (np.ones((3, 1), bool), r"has shape \(3, 1\)"),
        (np.zeros(3, bool), "no item has modality text"),
    ],
)
def test_masks_are_checked(folder, mask, message):
    np.save(folder / "text_mask.npy", mask)
    with pytest.raises(UserError, match=r"text_mask\.npy: " + message):
        read_feature_folder(folder, 3)


def test_a_mask_needs_its_features(folder):
    np.save(folder / "sound_mask.npy", np.ones(3, bool))
    with pytest.raises(UserError, match=r"sound_mask\.npy: there is no sound_feat\.npy"):
        read_feature_folder(folder, 3)


def test_one_file_a_modality(folder):
    np.save(folder / "text_feat_64.npy", np.ones((3, 64)))
    with pytest.raises(UserError, match=r"modality text is in text_feat\.npy too"):
        read_feature_folder(folder, 3)


def test_names_must_be_usable(folder):
    np.save(folder / "my-text_feat.npy", np.ones((3, 2)))
    with pytest.raises(UserError, match=r"my-text_feat\.npy: cannot tell the modality"):
        read_feature_folder(folder, 3)


def test_a_folder_must_hold_features(tmp_path):
    with pytest.raises(UserError, match=r"--features_dir=.*holds no NAME_feat\.npy"):
        read_feature_folder(tmp_path, 3)
    with pytest.raises(UserError, match=r"--features_dir=.*no such folder"):
        read_feature_folder(tmp_path / "none", 3)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match=r"--features_dir=.*is a file"):
        read_feature_folder(tmp_path / "file", 3)
