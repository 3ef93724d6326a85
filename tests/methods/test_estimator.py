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
