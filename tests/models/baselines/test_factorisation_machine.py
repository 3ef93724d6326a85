import dataclasses

import numpy as np
import pytest

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.methods.fitting import model_scores
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model

CONFIG = ModelConfig(dimension=5, init_stddev=0.5)


def _textbook(model, dataset, user, item):
    """Eq. 1 over the whole feature vector: one-hot user, one-hot item, all content features."""
    fields = model.fields
    contents = fields.content_fields
    x = np.zeros(dataset.num_users + dataset.num_items)
    x[[user, dataset.num_users + item]] = 1
    scaled = [m.features[item] / m.typical_norm for m in dataset.modalities]
    x = np.concatenate([x, *scaled]).astype(np.float64)
    v = np.concatenate([fields.node_embeddings.table, *(c.factors for c in contents)])
    w = np.concatenate([fields.node_biases, *(c.weights_of_features for c in contents)])
    score = float(fields.global_bias) + w @ x
    for i in np.flatnonzero(x):
        for j in np.flatnonzero(x):
            if i < j:
                score += v[i] @ v[j] * x[i] * x[j]
    return score


@pytest.mark.parametrize("content", ["partial", "none"])
def test_the_product_is_the_sum_over_all_pairs_of_features(partial, fill, content):
    dataset = partial if content == "partial" else dataclasses.replace(partial, modalities=())
    model = build_model("fm", dataset, CONFIG)
    fill(model)
    users, items = (part.numpy() for part in model.embeddings())
    assert users.shape[1] == items.shape[1] == 5 + 2
    for user, item in [(0, 0), (17, 3), (59, 49), (5, 1)]:
        expected = _textbook(model, dataset, user, item)
        assert users[user] @ items[item] == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_deepctrs_machine_with_the_same_weights_agrees(tiny_dataset, peer_arrays):
    theirs = peer_arrays("factorisation_machine")
    modality = Modality("content", theirs["features"], np.ones(5, bool))
    dataset = tiny_dataset(np.ones((4, 5)), [modality])
    model = build_model("fm", dataset, dataclasses.replace(CONFIG, dimension=6))
    fields = model.fields
    (content,) = fields.content_fields
    fields.node_embeddings.table.assign(theirs["factors"][:9])
    content.factors.assign(theirs["factors"][9:])
    fields.node_biases.assign(theirs["weights"][:9])
    content.weights_of_features.assign(theirs["weights"][9:])
    fields.global_bias.assign(theirs["bias"])
    np.testing.assert_allclose(
        model_scores(model)(np.arange(4)), theirs["scores"], rtol=1e-5, atol=1e-5
    )


def test_an_item_without_a_modality_does_not_feel_its_weights(partial):
    model = build_model("fm", partial, CONFIG)
    before = model.scorer()(np.arange(60))
    field = model.fields.content_fields[0]
    field.factors.assign(field.factors + 1)
    field.weights_of_features.assign(field.weights_of_features + 1)
    changed = np.abs(model.scorer()(np.arange(60)) - before).max(axis=0)
    np.testing.assert_array_equal(changed[::3], 0)
    assert changed[1::3].min() > 0


def test_without_negatives_is_refused(small_dataset):
    with pytest.raises(UserError, match="num_negatives=0"):
        build_model("fm", small_dataset, ModelConfig(own={"num_negatives": 0}))
