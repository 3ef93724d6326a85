"""Rows go over by original id, and nothing else does."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.methods.fitting import build_model_and_objective
from a2bm2gl_tf.methods.settings import FitSettings
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.training.trained_on import FILE_NAME, TrainedOn
from a2bm2gl_tf.training.trained_weights import TrainedWeights
from a2bm2gl_tf.training.warm_start import matching_rows, warm_start

_WIDTH = 3
# Features by item id, so that they follow the item whatever its row.
_FEATURES = {i: np.array([np.sin(i), np.cos(i), 1.0 + i % 2], np.float32) for i in range(60)}

OLD_USERS, OLD_ITEMS = ["ann", "bob", "cyd", "dan"], [11, 12, 13, 14, 15]
# Of another order, without bob and 14, with eve, fay, 10 and 16.
NEW_USERS, NEW_ITEMS = ["fay", "dan", "ann", "eve", "cyd"], [16, 15, 11, 10, 13, 12]


def _matrix(users, items, pairs):
    matrix = np.zeros((len(users), len(items)), np.float32)
    for user, item in pairs:
        matrix[users.index(user), items.index(item)] = 1
    return sp.csr_matrix(matrix)


def _dataset(users, items, train, validation=(), test=(), names=("tags",), scale=1.0):
    features = np.stack([_FEATURES[int(item)] for item in items])
    everywhere = np.ones(len(items), bool)
    return Dataset(
        name="by hand",
        user_ids=np.array(users, object),
        item_ids=np.array(items, np.int64),
        item_titles=None,
        modalities=tuple(Modality(name, scale * features, everywhere) for name in names),
        train=_matrix(users, items, train),
        validation=_matrix(users, items, validation),
        test=_matrix(users, items, test),
        split="by hand",
    )


OLD = _dataset(
    OLD_USERS,
    OLD_ITEMS,
    [("ann", 11), ("ann", 12), ("bob", 14), ("cyd", 13), ("cyd", 15), ("dan", 12), ("dan", 15)],
)
GROWN = _dataset(
    NEW_USERS,
    NEW_ITEMS,
    [("ann", 11), ("cyd", 13), ("dan", 12), ("dan", 16), ("eve", 10), ("fay", 16)],
    validation=[("ann", 12), ("eve", 16)],
    test=[("cyd", 15), ("dan", 15), ("fay", 10), ("ann", 13)],
)


def _settings(model="a2bm2gl", **config):
    return FitSettings(model, ModelConfig(**{"dimension": 4, "knn": 2, **config}))


def _built(dataset, settings):
    return build_model_and_objective(settings, dataset)


def _source(dataset, settings, seed=5):
    """The weights of a model that has learned random numbers."""
    model, objective = _built(dataset, settings)
    rng = np.random.default_rng(seed)
    dimension = settings.model_config.dimension
    about = TrainedOn.describe(settings.model, dimension, model, objective, dataset)
    arrays = {w.name: rng.normal(size=w.shape).astype(np.float32) for w in about.weights}
    return TrainedWeights(about, arrays)


def _values(model, objective):
    carried = {w.name: np.array(w.variable) for w in model.carried_weights()}
    of_loss = enumerate(objective.recommendation.variables)
    return carried | {f"loss/adaptive/{place}": np.array(v) for place, v in of_loss}


def test_every_row_goes_to_its_id_and_new_ones_start_from_zero():
    settings = _settings()
    source = _source(OLD, settings)
    model, objective = _built(GROWN, settings)
    initial = _values(model, objective)
    carried = warm_start(model, objective, GROWN, source)
    now, old = _values(model, objective), source.arrays
    assert set(now) == set(old)
    table, before = now["node_embeddings"], old["node_embeddings"]
    for row, user in enumerate(NEW_USERS):
        expected = before[OLD_USERS.index(user)] if user in OLD_USERS else np.zeros(4)
        np.testing.assert_array_equal(table[row], expected)
    for place, item in enumerate(NEW_ITEMS):
        row = len(NEW_USERS) + place
        old_row = len(OLD_USERS) + OLD_ITEMS.index(item) if item in OLD_ITEMS else None
        expected = np.zeros(4) if old_row is None else before[old_row]
        np.testing.assert_array_equal(table[row], expected)
    # W, w_p, attention and boundary networks, of which there have to be several.
    shared = sorted(set(now) - {"node_embeddings"})
    assert len(shared) > 10
    for name in shared:
        np.testing.assert_array_equal(now[name], old[name], err_msg=name)
        assert name.startswith("loss/") or not np.array_equal(old[name], initial[name])
    assert carried.users == {"known": 3, "new": 2, "gone": 1}
    assert carried.items == {"known": 4, "new": 2, "gone": 1}
    assert carried.fresh == {}
    assert carried.left_behind == ()


def test_held_out_interactions_that_the_other_run_has_learned_from_are_counted():
    settings = _settings()
    carried = warm_start(*_built(GROWN, settings), GROWN, _source(OLD, settings))
    # ann-12; cyd-15 and dan-15, while ann-13 is of known ids that never met.
    assert carried.held_out == {"validation": 1, "test": 2}


def test_item_biases_and_user_preferences_go_by_their_own_ids():
    settings = _settings("vbpr")
    source = _source(OLD, settings)
    model, objective = _built(GROWN, settings)
    initial = np.array(model.content_preferences)
    warm_start(model, objective, GROWN, source)
    biases, old_biases = np.array(model.item_bias), source.arrays["item_bias"]
    of_items = [old_biases[OLD_ITEMS.index(i), 0] if i in OLD_ITEMS else 0.0 for i in NEW_ITEMS]
    np.testing.assert_array_equal(biases[:, 0], np.array(of_items, np.float32))
    preferences = source.arrays["content_preferences"]
    for row, user in enumerate(NEW_USERS):
        known = user in OLD_USERS
        expected = preferences[OLD_USERS.index(user)] if known else initial[row]
        np.testing.assert_array_equal(np.array(model.content_preferences)[row], expected)


def test_the_graph_is_selected_again_with_the_weights_that_came():
    # Heads of which one sees the last column alone: its neighbours are others than at the start.
    settings = _settings(knn_heads=1)
    source = _source(OLD, settings)
    name = next(w.name for w in source.trained_on.weights if w.shape == (1, _WIDTH))
    source.arrays[name] = np.array([[1e-3, 1.0, 1e-3]], np.float32)
    model, objective = _built(GROWN, settings)
    part = model.semantic_parts[0]
    before = part.neighbours.numpy()
    warm_start(model, objective, GROWN, source)
    np.testing.assert_allclose(part.selected_with.numpy(), part.similarity.head_weights())
    assert not np.array_equal(part.neighbours.numpy(), before)


def test_ids_are_matched_by_what_is_written():
    numbers, texts = np.array([3, 1, 2]), np.array(["2", "x", "3"], object)
    np.testing.assert_array_equal(matching_rows(numbers, np.array([1, 4, 3])), [1, -1, 0])
    np.testing.assert_array_equal(matching_rows(numbers, texts), [2, -1, 0])
    np.testing.assert_array_equal(matching_rows(texts, numbers), [2, -1, 0])


def test_a_new_modality_starts_from_its_initialiser_and_is_said():
    settings = _settings()
    source = _source(OLD, settings)
    more = dataclasses.replace(
        GROWN, modalities=(Modality("mood", 2 * GROWN.modalities[0].features, np.ones(6, bool)),)
    )
    more = dataclasses.replace(more, modalities=(*more.modalities, *GROWN.modalities))
    model, objective = _built(more, settings)
    initial = _values(model, objective)
    carried = warm_start(model, objective, more, source)
    now = _values(model, objective)
    fresh = {name for name in now if name.startswith("semantic/mood/")}
    assert fresh
    assert carried.fresh == dict.fromkeys(fresh, "modality mood is new")
    for name in now:
        expected = initial[name] if name in fresh else source.arrays[name]
        if name != "node_embeddings":
            np.testing.assert_array_equal(now[name], expected, err_msg=name)
    assert "mood" in " ".join(carried.lines())


def test_a_modality_that_is_gone_is_left_behind():
    settings = _settings()
    none = dataclasses.replace(GROWN, modalities=())
    model, objective = _built(none, settings)
    carried = warm_start(model, objective, none, _source(OLD, settings))
    assert carried.left_behind
    assert all(name.startswith("semantic/tags/") for name in carried.left_behind)


def test_weights_that_join_modalities_are_fresh_where_those_are_others():
    settings = _settings("vbpr")
    source = _source(
        _dataset(OLD_USERS, OLD_ITEMS, [("ann", 11), ("bob", 12)], names=("a", "b")), settings
    )
    # As wide as before, but columns and order are others.
    for names in (("b", "a"), ("a", "c")):
        grown = _dataset(NEW_USERS, NEW_ITEMS, [("ann", 11), ("eve", 12)], names=names)
        model, objective = _built(grown, settings)
        initial = np.array(model.projection)
        carried = warm_start(model, objective, grown, source)
        np.testing.assert_array_equal(np.array(model.projection), initial)
        assert set(carried.fresh) == {"projection", "content_bias", "content_preferences"}
        assert "joins modalities, a, b before" in carried.fresh["projection"]


def test_features_that_were_encoded_anew_are_noticed():
    settings = _settings()
    source = _source(OLD, settings)
    mixed = GROWN.modalities[0].features[:, [1, 2, 0]] * np.float32([1, -1, 1])
    other = dataclasses.replace(
        GROWN, modalities=(Modality("tags", np.ascontiguousarray(mixed), np.ones(6, bool)),)
    )
    carried = warm_start(*_built(other, settings), other, source)
    assert carried.fresh
    assert all("other features than in the other run" in why for why in carried.fresh.values())
    # Another scaling is not another meaning.
    scaled = _dataset(NEW_USERS, NEW_ITEMS, [("ann", 11), ("eve", 12)], scale=3.0)
    assert warm_start(*_built(scaled, settings), scaled, source).fresh == {}


def test_another_width_is_refused():
    settings = _settings()
    wide = np.ones((6, 5), np.float32)
    other = dataclasses.replace(GROWN, modalities=(Modality("tags", wide, np.ones(6, bool)),))
    with pytest.raises(UserError, match="modality tags had 3 columns in the other run and has 5"):
        warm_start(*_built(other, settings), other, _source(OLD, settings))


def test_a_weight_of_another_shape_is_refused():
    source = _source(OLD, _settings(knn_heads=2))
    with pytest.raises(UserError, match=r"semantic/tags/\d has shape \(2, 3\) .* and \(1, 3\)"):
        warm_start(*_built(GROWN, _settings(knn_heads=1)), GROWN, source)


def test_written_and_read_it_is_the_same(tmp_path):
    source = _source(OLD, _settings())
    source.trained_on.write(tmp_path)
    again = TrainedOn.read(tmp_path)
    assert again.weights == source.trained_on.weights
    assert again.user_ids.tolist() == OLD_USERS
    assert again.item_ids.tolist() == OLD_ITEMS
    assert (again.train != OLD.train).nnz == 0
    source.write(tmp_path / "copy.npz")
    copy = TrainedWeights.read(tmp_path / "copy.npz")
    assert copy.digest() == source.digest()
    copy.arrays["node_embeddings"][0, 0] += 1
    assert copy.digest() != source.digest()
    for name, value in source.arrays.items():
        if name != "node_embeddings":
            np.testing.assert_array_equal(copy.arrays[name], value)


def test_a_damaged_file_is_refused(tmp_path):
    assert TrainedOn.read(tmp_path) is None
    _source(OLD, _settings()).trained_on.write(tmp_path)
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match=r"trained_on.npz: truncated or not a .npz file"):
        TrainedOn.read(tmp_path)
    np.savez(path, about=np.frombuffer(b"{}", np.uint8))
    with pytest.raises(UserError, match=r"trained_on.npz: damaged, or not of this version"):
        TrainedOn.read(tmp_path)
