import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.features.scaling import SCALINGS, fit_scaling, scale_rows
from a2bm2gl_tf.models.a2bm2gl import A2BM2GL
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.serving.export import export_saved_model
from a2bm2gl_tf.serving.feature_map import RIDGES, FeatureMap, Regression
from a2bm2gl_tf.serving.index import EmbeddingIndex
from a2bm2gl_tf.serving.new_item_fitting import (
    REGRESSION,
    SEMANTIC,
    fit_new_items,
    offers_new_items,
    select_ridge,
)
from a2bm2gl_tf.serving.new_items import FeatureScaler, NewItems


@pytest.mark.parametrize("scaling", SCALINGS)
def test_scaling_is_that_of_the_training_data(scaling):
    rng = np.random.default_rng(1)
    rows = rng.normal(3, 2, (20, 4)).astype(np.float32)
    rows[:, 2] = 7
    fitted, statistics = fit_scaling(Modality("x", rows, np.ones(20, bool)), scaling)
    new = rng.normal(3, 2, (5, 4)).astype(np.float32)
    new[0] = 0
    expected = scale_rows(new, scaling, statistics)
    np.testing.assert_allclose(FeatureScaler(fitted.scaling)(new), expected, rtol=1e-6, atol=1e-7)


@pytest.fixture(scope="module")
def doubling():
    """Two raw columns, centred by (1, 2) and divided by (2, 4), then doubled and shifted."""
    raw = Modality("image", np.array([[-1, -2], [3, 6]], np.float32), np.ones(2, bool))
    modality, _ = fit_scaling(raw, "zscore")
    encoder = FeatureMap([modality], 2 * np.identity(2), np.array([1.0, 0.0]))
    return NewItems(encoder, [modality], "doubling")


def test_embedding_by_hand(doubling):
    # (5 - 1) / 2 doubled, plus 1; (0 - 2) / 4 doubled. A row of zeros lacks its only modality.
    rows, known = doubling.embed({"image": [[5.0, 0.0], [0.0, 0.0]]})
    np.testing.assert_allclose(rows, [[5, -1], [0, 0]])
    assert known.tolist() == [True, False]
    assert doubling.embed({"image": np.zeros((0, 2))})[0].shape == (0, 2)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({}, "give features of image"),
        ({"image": [[1.0, 2.0]], "sound": [[1.0]]}, "give features of image"),
        ({"image": [[1.0, 2.0, 3.0]]}, r"image is \(1, 3\), expected \(items, 2\)"),
        ({"image": [1.0, 2.0]}, r"image is \(2,\)"),
        ({"image": [[1.0, np.nan]]}, "not finite"),
    ],
)
def test_features_that_do_not_fit_are_refused(doubling, features, message):
    with pytest.raises(ValueError, match=message):
        doubling.embed(features)


@pytest.mark.parametrize("kind", ["integer", "text"])
def test_signatures_of_a_loaded_export(make_index, doubling, tmp_path, kind):
    index = make_index(
        kind,
        user_embeddings=np.array([[1, 0], [0, 1], [2, 1], [1, 1]], np.float32),
        item_embeddings=np.ones((6, 2), np.float32),
        new_items=doubling,
    )
    path = export_saved_model(index, tmp_path / "export", {})
    loaded = tf.saved_model.load(str(path))
    rows = tf.constant([[5.0, 0.0], [0.0, 0.0]])
    answer = loaded.signatures["embed_items"](features_image=rows)
    np.testing.assert_allclose(answer["embeddings"], [[5, -1], [0, 0]])
    assert answer["known"].numpy().tolist() == [True, False]
    direct = loaded.embed_items(features_image=rows)
    np.testing.assert_array_equal(direct["embeddings"], answer["embeddings"])
    users = [*index.user_ids[[0, 2]].tolist(), 77 if kind == "integer" else "nobody"]
    scored = loaded.signatures["score_new_items"](
        user_ids=tf.constant(users, loaded.user_ids.dtype), features_image=rows
    )
    np.testing.assert_allclose(scored["scores"], [[5, 0], [9, 0], [0, 0]])
    assert scored["users_known"].numpy().tolist() == [True, True, False]
    assert scored["items_known"].numpy().tolist() == [True, False]
    with pytest.raises(tf.errors.InvalidArgumentError, match="features_image holds a NaN"):
        loaded.signatures["embed_items"](features_image=tf.constant([[np.nan, 1.0]]))


def test_an_export_without_content_has_no_such_signatures(make_index, tmp_path):
    loaded = tf.saved_model.load(str(export_saved_model(make_index(), tmp_path / "export", {})))
    assert not {"embed_items", "score_new_items"} & set(loaded.signatures)


@pytest.fixture(scope="module")
def content_model(small_dataset):
    return A2BM2GL(small_dataset, ModelConfig(dimension=6, knn=3, seed=1))


def test_of_a_model_with_content_its_own_part_is_kept(content_model, small_dataset, tmp_path):
    new_items = fit_new_items(content_model, small_dataset, 0.3)
    assert new_items.kind == SEMANTIC
    part, whole = content_model.content_part(), content_model(training=False)
    chosen = small_dataset.modalities
    rows = [tf.constant(m.features[:3]) for m in chosen]
    there = [tf.constant(m.present[:3]) for m in chosen]
    # What the regression adds to the model's part is the regression of what that part leaves.
    left = (whole.items - part.items).numpy()
    rest = Regression(chosen, left, small_dataset.train.getnnz(axis=0))
    expected = part.encoder(rows, there) + FeatureMap(chosen, *rest.solution(0.3))(rows, there)
    np.testing.assert_allclose(new_items.encoder(rows, there), expected, rtol=1e-5, atol=1e-6)
    alone = fit_new_items(content_model, small_dataset, 0.3, with_content_part=False)
    assert alone.kind == REGRESSION
    assert select_ridge(content_model, small_dataset) in RIDGES
    users, items = whole.users.numpy(), whole.items.numpy()
    index = EmbeddingIndex(
        users,
        items,
        small_dataset.user_ids,
        small_dataset.item_ids,
        small_dataset.train,
        small_dataset.titles(),
        new_items=new_items,
    )
    loaded = tf.saved_model.load(str(export_saved_model(index, tmp_path / "export", {})))
    rng = np.random.default_rng(0)
    raw = {m.name: rng.normal(size=(4, m.dimension)).astype(np.float32) for m in chosen}
    raw[chosen[0].name][1] = 0
    answer = loaded.signatures["embed_items"](
        **{f"features_{name}": tf.constant(values) for name, values in raw.items()}
    )
    np.testing.assert_allclose(answer["embeddings"], new_items.embed(raw)[0], rtol=1e-5, atol=1e-6)


def test_what_offers_new_items(content_model, small_dataset):
    assert offers_new_items(content_model, small_dataset)
    assert not offers_new_items(content_model, dataclasses.replace(small_dataset, modalities=()))
