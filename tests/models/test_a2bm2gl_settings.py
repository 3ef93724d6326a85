"""What A2BM2GL has beyond the paper."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.models.a2bm2gl_settings import A2BM2GLSettings, checked_settings
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model

CONFIG = ModelConfig(dimension=8, knn=4, surfing=Surfing(neighbourhood="full"), seed=5)


def _model(dataset, **own):
    return build_model("a2bm2gl", dataset, dataclasses.replace(CONFIG, own=own))


def _moved(model, seed=2):
    """Weights as after training, so that nothing is 0 or 1 by default."""
    rng = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        variable.assign(0.3 * rng.normal(size=variable.shape))
    model.refresh()
    return model


def test_interaction_dropout_is_for_training_alone(small_dataset):
    model = _moved(_model(small_dataset, interaction_dropout=0.5))
    plain = _moved(_model(small_dataset))
    np.testing.assert_array_equal(model(training=False).users, plain(training=False).users)
    seeds = [tf.constant([1, step]) for step in (0, 0, 1)]
    first, again, other = (model(training=True, dropout_seed=seed).users for seed in seeds)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    assert not np.allclose(first, plain(training=False).users)


def test_bad_values_are_one_line():
    assert checked_settings({}) == A2BM2GLSettings()
    for values, said in (
        ({"interaction_dropout": 1.0}, "from 0 to below 1"),
        ({"interaction_dropout": -0.1}, "from 0 to below 1"),
        ({"edge_dropout": 0.1}, "this model's own settings are interaction_dropout"),
    ):
        with pytest.raises(UserError, match=r"--model_settings=") as caught:
            checked_settings(values)
        assert said in str(caught.value)
