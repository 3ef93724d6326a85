import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.restart_walks import walked_neighbours
from a2bm2gl_tf.models.baselines.het_gnn import HetGNN
from a2bm2gl_tf.models.config import ModelConfig


def _model(dataset, **own):
    return HetGNN(dataset, ModelConfig(dimension=4, knn=3, seed=2, own={"top": 4, **own}))


@pytest.fixture
def partial(small_dataset):
    """Every third item lacks the first modality."""
    first, *others = small_dataset.modalities
    present = np.arange(small_dataset.num_items) % 3 > 0
    features = np.where(present[:, None], first.features, 0).astype("f4")
    modalities = (Modality(first.name, features, present), *others)
    return dataclasses.replace(small_dataset, modalities=modalities)


def _means(encoded, lists):
    rows = [encoded[row[row >= 0]] for row in lists]
    return np.array([r.mean(axis=0) if len(r) else np.zeros(encoded.shape[1]) for r in rows])


@pytest.mark.parametrize("aggregator", ["mean", "lstm"])
def test_embeddings_are_those_of_the_formula(partial, aggregator):
    model = _model(partial, aggregator=aggregator)
    table = model.node_embeddings.table.numpy()
    users = model.user_contents(table[: model.num_users, None], np.ones((60, 1), bool)).numpy()
    contents = [table[model.num_users :]]
    contents += [
        modality.features @ layer.kernel.numpy()
        for modality, layer in zip(partial.modalities, model.content, strict=True)
    ]
    present = np.stack([np.ones(50, bool), *(m.present for m in partial.modalities)], axis=1)
    contents = np.stack(contents, axis=1).astype("f4")
    items = model.item_contents(tf.constant(contents), tf.constant(present)).numpy()

    walked = walked_neighbours(partial.train, 400, 0.5, 4, seed=2)
    alike = model.item_groups[2].numpy()
    wanted = (
        (users, [walked.users_of_users, walked.items_of_users], model.user_types),
        (items, [walked.users_of_items, walked.items_of_items, alike], model.item_types),
    )
    for found, (own, groups, attention) in zip(model.embeddings(), wanted, strict=True):
        aggregated = []
        for layer, source, lists in zip(
            model.aggregators, (users, items, items), groups, strict=False
        ):
            if aggregator == "mean":
                aggregated.append(_means(source, lists) @ layer.kernel.numpy())
            else:
                aggregated.append(layer.lstm(source[np.maximum(lists, 0)], lists >= 0).numpy())
        present = [tf.constant(lists[:, 0] >= 0) for lists in groups]
        expected = attention(
            tf.constant(own), [tf.constant(x, tf.float32) for x in aggregated], present
        )
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_items_near_in_more_modalities_come_first(small_dataset):
    first, other, _ = small_dataset.modalities
    copy = dataclasses.replace(first, name="copy")
    dataset = dataclasses.replace(small_dataset, modalities=(first, copy, other))
    # Three modalities of which two agree: their neighbours, at least three an item, lead.
    agreed = _model(dataclasses.replace(small_dataset, modalities=(first,)), top=50)
    found = _model(dataset, top=50).item_groups[2].numpy()[first.present, :3]
    for leading, near in zip(found, agreed.item_groups[2].numpy()[first.present], strict=True):
        assert set(leading) <= set(near)


def test_the_nearest_in_content_are_kept_whatever_their_rows(small_dataset):
    # Item 0's neighbours by nearness are 49, 48, ..., against the order of their rows.
    angles = np.concatenate([[0], np.linspace(1.4, 0.1, 49)])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype("f4")
    look = Modality("look", features, np.ones(50, bool))
    model = _model(dataclasses.replace(small_dataset, modalities=(look,)), top=2)
    np.testing.assert_array_equal(model.item_groups[2][0], [49, 48])


@pytest.mark.parametrize(
    "own", [{"aggregator": "sum"}, {"top": 0}, {"walk_length": 0}, {"restart": 1.0}]
)
def test_settings_out_of_range_are_refused(small_dataset, own):
    with pytest.raises(UserError, match=f"--model_settings={next(iter(own))}="):
        _model(small_dataset, **own)
