"""What a saved estimator says of the data that it is loaded on."""

import dataclasses
import json

import numpy as np
import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.methods.estimator import Estimator


@pytest.fixture
def saved(fitted, tmp_path):
    fitted("popularity").save(tmp_path / "saved")
    return tmp_path / "saved"


def test_a_graph_of_the_same_size_is_refused(planted, saved):
    other = dataclasses.replace(planted, train=planted.train[::-1].tocsr())
    with pytest.raises(UserError, match="saved: was not fitted to this data"):
        Estimator.load(saved, other)


def test_other_features_are_refused(planted, saved):
    first, *rest = planted.modalities
    features = np.array(first.features)
    features[0] += 1
    other = dataclasses.replace(
        planted, modalities=(dataclasses.replace(first, features=features), *rest)
    )
    with pytest.raises(UserError, match="saved: was not fitted to this data"):
        Estimator.load(saved, other)


def test_loaded_and_saved_again_it_still_knows_its_data(planted, saved, tmp_path):
    Estimator.load(saved, dataclasses.replace(planted, name="moved")).save(tmp_path / "again")
    Estimator.load(tmp_path / "again", planted)
    assert (tmp_path / "again" / "settings.json").read_text() == (
        saved / "settings.json"
    ).read_text()


def test_one_that_does_not_say_its_data_is_refused(planted, saved):
    values = json.loads((saved / "settings.json").read_text())
    del values["fitted_to"]
    (saved / "settings.json").write_text(json.dumps(values))
    with pytest.raises(UserError, match="fit and save it again"):
        Estimator.load(saved, planted)


def _changed(folder, change):
    with np.load(folder / "weights.npz") as file:
        arrays = {name: file[name].copy() for name in file.files}
    change(arrays)
    np.savez(folder / "weights.npz", **arrays)


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
def test_weights_that_training_never_comes_to_are_refused(planted, fitted, tmp_path, value):
    folder = tmp_path / "item_to_item"
    fitted("itemknn").save(folder)
    _changed(folder, lambda arrays: arrays["0000"].fill(value))
    with pytest.raises(UserError, match=r"weights\.npz: holds something other than finite"):
        Estimator.load(folder, planted)


def test_a_bomb_is_refused_before_it_is_unpacked(planted, saved):
    np.savez_compressed(saved / "weights.npz", **{"0000": np.zeros(20_000_000)})
    with pytest.raises(UserError, match=r"weights\.npz: claims to hold"):
        Estimator.load(saved, planted)


@pytest.mark.parametrize(
    ("name", "value"), [("model", "no_such"), ("model", 7), ("training", {"epochs": "many"})]
)
def test_settings_of_other_types_are_refused(planted, saved, name, value):
    settings = json.loads((saved / "settings.json").read_text())
    (saved / "settings.json").write_text(json.dumps({**settings, name: value}))
    with pytest.raises(UserError, match="saved: no saved estimator of this version"):
        Estimator.load(saved, planted)


@pytest.mark.parametrize(
    ("method", "section", "name", "value"),
    [
        ("popularity", "loss", "name", "no_such"),
        ("popularity", "loss", "negative_scale", "no_such"),
        ("itemknn", "model_config", "own", {"shrinkage": {}}),
        ("bpr_mf", "model_config", "dimension", -4),
        ("bpr_mf", "model_config", "dimension", 2**62),
        ("popularity", "loss", "seed", 2**63 - 1),
    ],
)
def test_settings_that_make_no_model_are_named(
    planted, fitted, tmp_path, method, section, name, value
):
    fitted(method).save(tmp_path / "saved")
    path = tmp_path / "saved" / "settings.json"
    settings = json.loads(path.read_text())
    settings[section][name] = value
    path.write_text(json.dumps(settings))
    with pytest.raises(UserError, match=r"settings\.json: its settings make no model in this"):
        Estimator.load(tmp_path / "saved", planted)


def test_a_model_that_memory_does_not_hold_is_named(planted, fitted, tmp_path):
    fitted("bpr_mf").save(tmp_path / "saved")
    path = tmp_path / "saved" / "settings.json"
    settings = json.loads(path.read_text())
    settings["model_config"]["dimension"] = 2**40
    path.write_text(json.dumps(settings))
    with pytest.raises(UserError, match=r"settings\.json: its model does not fit into memory"):
        Estimator.load(tmp_path / "saved", planted)


def test_sparse_weights_point_nowhere_else(planted, fitted, tmp_path):
    folder = tmp_path / "sparse"
    fitted("itemknn").save(folder)

    def outside(arrays):
        arrays["0001"][0] = 10**6

    # SciPy's product would read 4 MB behind the row, and crash or say nothing.
    _changed(folder, outside)
    with pytest.raises(UserError, match=r"weights\.npz: not the weights of its settings"):
        Estimator.load(folder, planted)
