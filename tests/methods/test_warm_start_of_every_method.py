"""What every model says of its weights, held against models of other data."""

import dataclasses

import numpy as np
import pytest

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.methods.fitting import build_model_and_objective
from a2bm2gl_tf.methods.registry import METHODS
from a2bm2gl_tf.models.carried_weights import ITEMS, NODES, SHARED, USERS
from a2bm2gl_tf.models.registry import MODELS
from a2bm2gl_tf.training.trained_on import TrainedOn
from a2bm2gl_tf.training.trained_weights import TrainedWeights
from a2bm2gl_tf.training.warm_start import warm_start

CANNOT = {"ease", "ease_content", "herec", "ials", "itemknn", "popularity"}
CAN = sorted(set(METHODS) - CANNOT)
# Their neighbourhoods are random walks, which are drawn by the number of a row.
DRAWN = {"hetgnn", "pinsage"}
# Their lists, cut shorter, would end within ties, which the number of a row decides.
UNCUT = {"han": {"own.top": 60}, "semrec": {"own.similar_users": 60, "knn": 46}}
# No two of U, V and U + V, nor of their grown forms, are the same, or a width.
SIZE, GROWN_SIZE = (60, 47), (71, 53)


def _data(users: int, items: int) -> Dataset:
    options = DatasetOptions(num_users=users, num_items=items, num_interactions=900, seed=3)
    return load_dataset("synthetic", options)


@pytest.fixture(scope="module")
def small():
    return _data(*SIZE)


@pytest.fixture(scope="module")
def grown():
    return _data(*GROWN_SIZE)


def _built(name, dataset, **values):
    settings = METHODS[name].fit_settings(**{"dimension": 8, "knn": 5, "top_m": 5, **values})
    return build_model_and_objective(settings, dataset)


def _source(name, model, objective, dataset):
    about = TrainedOn.describe(name, 8, model, objective, dataset)
    state = {"model": model.state(), "loss": objective.recommendation.variables}
    arrays = {}
    for weight in about.weights:
        part, place = weight.key.split("/")[:2]
        arrays[weight.name] = np.array(state[part][int(place)])
    return TrainedWeights(about, arrays)


@pytest.mark.parametrize("name", sorted(CANNOT))
def test_models_that_cannot_say_so(name, small):
    assert not MODELS[name].can_start_warm()
    model = MODELS[name](small, METHODS[name].fit_settings(knn=5).model_config)
    with pytest.raises(UserError, match=f"--warm_start: model {name} cannot start"):
        model.carried_weights()


@pytest.mark.parametrize("name", CAN)
def test_all_trainable_variables_are_declared_with_the_rows_they_have(name, small, grown):
    (one, _), (other, _) = _built(name, small), _built(name, grown)
    carried, of_other = one.carried_weights(), other.carried_weights()
    declared = [id(weight.variable) for weight in carried]
    assert sorted(declared) == sorted(id(v) for v in one.trainable_variables)
    names = [weight.name for weight in carried]
    assert len(set(names)) == len(names)
    assert names == [weight.name for weight in of_other]
    sizes = {USERS: (60, 71), ITEMS: (47, 53), NODES: (107, 124)}
    for weight, grown_weight in zip(carried, of_other, strict=True):
        shape, grown_shape = tuple(weight.variable.shape), tuple(grown_weight.variable.shape)
        if weight.rows == SHARED:
            assert shape == grown_shape, weight.name
        else:
            assert (shape[0], grown_shape[0]) == sizes[weight.rows], weight.name
            assert shape[1:] == grown_shape[1:], weight.name
    assert {weight.rows for weight in carried} - {SHARED}


def _permuted(dataset: Dataset, users: np.ndarray, items: np.ndarray) -> Dataset:
    parts = {
        part: getattr(dataset, part)[users][:, items].tocsr()
        for part in ("train", "validation", "test")
    }
    for matrix in parts.values():
        matrix.sort_indices()
    return dataclasses.replace(
        dataset,
        user_ids=dataset.user_ids[users],
        item_ids=dataset.item_ids[items],
        item_titles=None,
        modalities=tuple(
            Modality(m.name, m.features[items], m.present[items]) for m in dataset.modalities
        ),
        **parts,
    )


@pytest.mark.parametrize("name", CAN)
def test_on_the_same_data_in_another_order_it_scores_the_same(name, small):
    values = UNCUT.get(name, {})
    model, objective = _built(name, small, seed=1, **values)
    rng = np.random.default_rng(7)
    for weight in model.carried_weights():
        noise = rng.normal(scale=0.1, size=weight.variable.shape)
        weight.variable.assign(np.abs(np.array(weight.variable) + noise))
    model.refresh()
    source = _source(name, model, objective, small)
    users, items = rng.permutation(small.num_users), rng.permutation(small.num_items)
    permuted = _permuted(small, users, items)
    other, other_objective = _built(name, permuted, seed=2, **values)
    carried = warm_start(other, other_objective, permuted, source)
    assert carried.users == {"known": 60, "new": 0, "gone": 0}
    assert carried.items == {"known": 47, "new": 0, "gone": 0}
    assert not carried.fresh
    assert not carried.left_behind
    for weight in other.carried_weights():
        rows = {USERS: users, ITEMS: items, NODES: np.concatenate([users, 60 + items])}
        expected = source.arrays[weight.name]
        expected = expected if weight.rows == SHARED else expected[rows[weight.rows]]
        np.testing.assert_array_equal(np.array(weight.variable), expected, err_msg=weight.name)
    if name in DRAWN:
        return
    before = model.scorer()(np.arange(60))[users][:, items]
    np.testing.assert_allclose(other.scorer()(np.arange(60)), before, rtol=2e-3, atol=1e-4)
