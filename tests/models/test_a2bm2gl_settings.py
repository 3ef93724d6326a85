"""What A2BM2GL has beyond the paper: each form by itself, and together."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.knn import cosine_neighbours
from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.models.a2bm2gl_settings import A2BM2GLSettings, checked_settings
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model

CONFIG = ModelConfig(dimension=8, knn=4, surfing=Surfing(neighbourhood="full"), seed=5)
EVERYTHING = {
    "interaction_dropout": 0.3,
    "part_gates": True,
    "user_content": True,
    "similarity_input": "projected",
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


def test_gates_are_factors_of_the_parts(small_dataset):
    model = _moved(_model(small_dataset, part_gates=True))
    gates = model.gates.numpy()
    assert gates.shape == (4,)
    result = model(training=False)
    structural = tf.concat([result.structural_users, result.structural_items], axis=0)
    attended, _ = model.attention(structural)
    users = result.structural_users + gates[0] * attended[:60]
    items = result.structural_items + gates[0] * attended[60:]
    for gate, part in zip(gates[1:], model.semantic_parts, strict=True):
        representation, semantic_attended, _ = part()
        items = items + gate * (representation.items + semantic_attended)
    np.testing.assert_allclose(result.users, users, atol=1e-6)
    np.testing.assert_allclose(result.items, items, atol=1e-6)


def test_gates_begin_as_the_model_without_them(small_dataset):
    with_gates, without = (
        _model(small_dataset, part_gates=on)(training=False) for on in (True, False)
    )
    np.testing.assert_allclose(with_gates.items, without.items, atol=1e-6)


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


def test_projected_neighbours_are_near_by_x_w(small_dataset):
    model = _moved(_model(small_dataset, similarity_input="projected"))
    for part in model.semantic_parts:
        projected = part.features.numpy() @ part.encoder.kernel.numpy()
        expected = cosine_neighbours(
            projected, part.similarity.head_weights(), part.present, 4, "exact"
        )
        np.testing.assert_array_equal(part.neighbours.numpy(), expected)
        before = part.similarities(tf.constant(expected)).numpy()
        # Between selections neither neighbours nor similarities follow W.
        part.encoder.kernel.assign(-2.0 * part.encoder.kernel[::-1])
        np.testing.assert_array_equal(part.similarities(tf.constant(expected)), before)


@pytest.mark.parametrize("combination", ["mean", "learned"])
def test_interaction_dropout_is_for_training_alone(small_dataset, combination):
    config = dataclasses.replace(CONFIG, combination=combination)
    model = _moved(_model(small_dataset, config, interaction_dropout=0.5))
    plain = _moved(_model(small_dataset, config))
    np.testing.assert_array_equal(model(training=False).users, plain(training=False).users)
    seeds = [tf.constant([1, step]) for step in (0, 0, 1)]
    first, again, other = (model(training=True, dropout_seed=seed).users for seed in seeds)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    assert not np.allclose(first, plain(training=False).users)


def test_parts_sum_to_the_items_and_state_makes_an_equal_model(small_dataset):
    config = dataclasses.replace(CONFIG, combination="learned")
    model = _moved(_model(small_dataset, config, **EVERYTHING))
    items = model(training=False).items
    summed = tf.add_n([part.embeddings for part in model.item_parts()])
    np.testing.assert_allclose(summed, items, atol=1e-5)
    other = _model(small_dataset, config, **EVERYTHING)
    other.from_arrays(model.to_arrays())
    for one, two in zip(model.embeddings(), other.embeddings(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_new_items_get_what_a_known_item_with_their_features_has(small_dataset):
    model = _moved(_model(small_dataset, part_gates=True, similarity_input="projected"))
    part = model.content_part()
    rows = [layer.features.numpy() for layer in model.semantic_parts]
    known = np.logical_and.reduce([layer.present for layer in model.semantic_parts])
    found = part.encoder([tf.constant(x) for x in rows], [tf.constant(known)] * len(rows)).numpy()[
        known
    ]
    # A known item's nearest known item is itself, of which it is no neighbour; near it all the
    # same, and what the gates and the projection do shows in either.
    expected = part.items[known]
    correlation = np.corrcoef(found.ravel(), expected.ravel())[0, 1]
    slope = (found * expected).sum() / (expected**2).sum()
    assert correlation > 0.95
    assert slope == pytest.approx(1, abs=0.15)


def test_every_weight_is_carried(small_dataset):
    config = dataclasses.replace(CONFIG, combination="learned", learn_self_loop=True)
    model = _model(small_dataset, config, **EVERYTHING)
    carried = model.carried_weights()
    assert len({weight.name for weight in carried}) == len(carried)
    assert {id(weight.variable) for weight in carried} == {
        id(variable) for variable in model.trainable_variables
    }


def test_bad_values_are_one_line():
    assert checked_settings({}) == A2BM2GLSettings()
    for values, said in (
        ({"initialisation": "pca"}, "give one of gaussian, svd, ease"),
        ({"similarity_input": "raw"}, "give one of features, projected"),
        ({"interaction_dropout": 1.0}, "from 0 to below 1"),
        ({"gates": True}, "this model's own settings are"),
    ):
        with pytest.raises(UserError, match=r"--model_settings=") as caught:
            checked_settings(values)
        assert said in str(caught.value)
