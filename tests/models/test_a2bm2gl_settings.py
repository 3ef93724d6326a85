"""What A2BM2GL has beyond the paper: each form by itself, and together."""

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
EVERYTHING = {
    "interaction_dropout": 0.3,
    "user_content": True,
}


def _model(dataset, config=CONFIG, **own):
    return build_model("a2bm2gl", dataset, dataclasses.replace(config, own=own))


def _moved(model, seed=2):
    """Weights as after training, so that nothing is 0 or 1 by default."""
    rng = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        variable.assign(0.3 * rng.normal(size=variable.shape))
    model.refresh()
    return model


def test_user_content_is_added_to_users_alone(small_dataset):
    model, plain = (_moved(_model(small_dataset, user_content=on)) for on in (True, False))
    model.user_content.preferences.assign(tf.zeros_like(model.user_content.preferences))
    carried = {id(v) for v in model.user_content.trainable_variables}
    own = [v for v in model.trainable_variables if id(v) not in carried]
    for variable, other in zip(plain.trainable_variables, own, strict=True):
        variable.assign(other)
    for one in (model, plain):
        one.refresh()
    result, without = model(training=False), plain(training=False)
    train = small_dataset.train.toarray()
    means = train / np.maximum(train.sum(axis=1, keepdims=True), 1)
    content = np.mean([means @ part.items.numpy() for part in result.semantic.values()], axis=0)
    np.testing.assert_allclose(result.users - without.users, content, atol=1e-5)
    np.testing.assert_allclose(result.items, without.items, atol=1e-6)


def test_interaction_dropout_is_for_training_alone(small_dataset):
    model = _moved(_model(small_dataset, interaction_dropout=0.5))
    plain = _moved(_model(small_dataset))
    np.testing.assert_array_equal(model(training=False).users, plain(training=False).users)
    seeds = [tf.constant([1, step]) for step in (0, 0, 1)]
    first, again, other = (model(training=True, dropout_seed=seed).users for seed in seeds)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    assert not np.allclose(first, plain(training=False).users)


def test_parts_sum_to_the_items_and_state_makes_an_equal_model(small_dataset):
    model = _moved(_model(small_dataset, **EVERYTHING))
    items = model(training=False).items
    summed = tf.add_n([part.embeddings for part in model.item_parts()])
    np.testing.assert_allclose(summed, items, atol=1e-5)
    other = _model(small_dataset, **EVERYTHING)
    other.from_arrays(model.to_arrays())
    for one, two in zip(model.embeddings(), other.embeddings(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_every_weight_is_carried(small_dataset):
    model = _model(small_dataset, dataclasses.replace(CONFIG, learn_self_loop=True), **EVERYTHING)
    carried = model.carried_weights()
    assert len({weight.name for weight in carried}) == len(carried)
    assert {id(weight.variable) for weight in carried} == {
        id(variable) for variable in model.trainable_variables
    }


def test_bad_values_are_one_line():
    assert checked_settings({}) == A2BM2GLSettings()
    for values, said in (
        ({"interaction_dropout": 1.0}, "from 0 to below 1"),
        ({"gates": True}, "this model's own settings are"),
    ):
        with pytest.raises(UserError, match=r"--model_settings=") as caught:
            checked_settings(values)
        assert said in str(caught.value)
