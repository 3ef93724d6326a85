"""The parts of an item's embedding, and the neighbours that it attends to."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.graph.item_graph import normalised_item_graph
from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.explanation import ItemPart, with_remainder
from a2bm2gl_tf.models.registry import build_model

CONFIG = ModelConfig(dimension=8, knn=4, surfing=Surfing(top_m=6), seed=5)
MODALITIES = ("visual", "acoustic", "textual")


def _random_weights(model):
    """Weights as after training: a free part that starts at 0 would not be seen otherwise."""
    rng = np.random.default_rng(2)
    for variable in model.trainable_variables:
        variable.assign(0.3 * rng.normal(size=variable.shape))
    model.refresh()
    return model


def _parts(model):
    return {part.name: part.embeddings.numpy() for part in model.item_parts()}


def _without(dataset, name, item):
    """The dataset with an item that lacks one modality."""
    modalities = []
    for modality in dataset.modalities:
        if modality.name == name:
            present, features = modality.present.copy(), modality.features.copy()
            present[item], features[item] = False, 0
            modality = dataclasses.replace(modality, present=present, features=features)
        modalities.append(modality)
    return dataclasses.replace(dataset, modalities=tuple(modalities))


@pytest.mark.parametrize("name", ["a2bm2gl", "freedom", "lattice", "lightgcn", "mmgcn", "vbpr"])
@pytest.mark.parametrize("with_modalities", [True, False])
def test_the_parts_sum_to_the_embedding(name, with_modalities, small_dataset):
    dataset = small_dataset
    if not with_modalities:
        dataset = dataclasses.replace(dataset, modalities=())
    model = build_model(name, dataset, CONFIG)
    _, items = model.embeddings()
    parts = model.item_parts()
    assert len({part.name for part in parts}) == len(parts)
    total = np.sum([part.embeddings.numpy().astype("f8") for part in parts], axis=0)
    np.testing.assert_allclose(total, items, atol=1e-6 * np.abs(items).max())


def test_parts_of_a2bm2gl_are_the_terms_of_its_fusion(small_dataset):
    model = _random_weights(build_model("a2bm2gl", small_dataset, CONFIG))
    parts, result = _parts(model), model(training=False)
    np.testing.assert_array_equal(parts.pop("collaborative"), result.structural_items)
    structural = tf.concat([result.structural_users, result.structural_items], axis=0)
    attended = model.attention(structural)[0][60:]
    np.testing.assert_array_equal(parts.pop("collaborative, anti-bottleneck"), attended)
    for part in model.semantic_parts:
        representation, attended, _ = part()
        np.testing.assert_array_equal(parts.pop(part.name), representation.items)
        np.testing.assert_array_equal(parts.pop(f"{part.name}, anti-bottleneck"), attended)
    assert not parts


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({"semantic": False}, ["collaborative", "collaborative, anti-bottleneck"]),
        ({"anti_bottleneck": False}, ["collaborative", *MODALITIES]),
        ({"anti_bottleneck": False, "semantic": False}, ["collaborative"]),
    ],
)
def test_a_part_that_is_switched_off_is_not_listed(small_dataset, switches, expected):
    model = build_model("a2bm2gl", small_dataset, dataclasses.replace(CONFIG, **switches))
    assert list(_parts(model)) == expected
    graphs = [attended.graph for attended in model.attended_neighbours(3)]
    assert graphs == (["interaction"] if "anti_bottleneck" not in switches else [])


@pytest.mark.parametrize("name", ["freedom", "lattice", "vbpr"])
def test_an_item_without_a_modality_owes_it_nothing(name, small_dataset):
    dataset = _without(small_dataset, "acoustic", item=7)
    parts = _parts(_random_weights(build_model(name, dataset, CONFIG)))
    assert list(parts) == ["collaborative", *MODALITIES]
    np.testing.assert_array_equal(parts["acoustic"][7], np.zeros_like(parts["acoustic"][7]))
    others = [parts["acoustic"][8], parts["visual"][7], parts["textual"][7]]
    assert all(np.abs(row).max() > 1e-3 for row in others)


def test_parts_of_freedom_are_its_graphs_products(small_dataset):
    own = {"modality_shares": (0.5, 1.5), "item_layers": 2}
    model = build_model("freedom", small_dataset, dataclasses.replace(CONFIG, own=own))
    table = model.node_embeddings.table.numpy()[60:]
    graphs = [
        share * normalised_item_graph(m.features, m.present, 4, weighted=False).toarray()
        for share, m in zip([1 / 7, 3 / 7, 3 / 7], small_dataset.modalities, strict=True)
    ]
    parts = _parts(model)
    for name, graph in zip(MODALITIES, graphs, strict=True):
        np.testing.assert_allclose(parts[name], graph @ sum(graphs) @ table, atol=1e-6)


def test_parts_of_vbpr_give_the_terms_of_its_score(small_dataset):
    model = _random_weights(build_model("vbpr", small_dataset, CONFIG))
    users, _ = model.embeddings()
    first = 0
    for modality in small_dataset.modalities:
        stop = first + modality.features.shape[1]
        projected = modality.features @ model.projection.numpy()[first:stop]
        bias = modality.features @ model.content_bias.numpy()[first:stop]
        expected = model.content_preferences.numpy() @ projected.T + bias.T
        of_part = users.numpy() @ _parts(model)[modality.name].T
        np.testing.assert_allclose(of_part, expected, atol=1e-4)
        first = stop


def test_parts_of_mmgcn_are_those_of_its_graphs(small_dataset):
    model = _random_weights(build_model("mmgcn", small_dataset, CONFIG))
    parts = _parts(model)
    assert list(parts) == list(MODALITIES)
    model.graphs[1].convolutions[-1].trainable_variables[0].assign_add(
        tf.ones_like(model.graphs[1].convolutions[-1].trainable_variables[0])
    )
    changed = [name for name, rows in _parts(model).items() if not np.allclose(rows, parts[name])]
    assert changed == ["acoustic"]


def test_a_remainder_completes_the_parts():
    items = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    part = ItemPart("content", tf.constant([[0.5, 0.0], [3.0, -1.0]]))
    rest, kept = with_remainder("rest", items, [part])
    assert (rest.name, kept) == ("rest", part)
    np.testing.assert_array_equal(rest.embeddings, [[0.5, 2.0], [0.0, 5.0]])


def _dense_attention(layer, embeddings, mask):
    x = np.asarray(embeddings, np.float64)
    logits = (x @ layer.w_l.numpy())[:, None] + (x @ layer.w_r.numpy())[None, :]
    logits = np.where(mask, np.where(logits > 0, logits, 0.2 * logits), -np.inf)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _component_mask(layer):
    labels = layer.components.start.numpy()
    return labels[:, None] == labels[None, :]


def _assert_largest(attended, attention, candidates, first_item, first_node):
    """Compares every item's list with a sort of its row of alpha."""
    for item, (nodes, weights) in enumerate(zip(attended.nodes, attended.weights, strict=True)):
        row = first_item + item
        allowed = [i for i in np.flatnonzero(candidates[row]) if i != row]
        best = sorted(allowed, key=lambda i, row=row: -attention[row, i])[:3]
        expected = attention[row, best]
        np.testing.assert_allclose(weights[: len(best)], expected, rtol=1e-4)
        assert (weights[len(best) :] == 0).all()
        found = nodes[: len(best)] - first_node
        np.testing.assert_allclose(attention[row, found], expected, rtol=1e-4)
        assert set(found) <= set(allowed)
        assert (nodes[len(best) :] == -1).all()


def test_attended_neighbours_of_listed_neighbourhoods(small_dataset):
    model = _random_weights(build_model("a2bm2gl", small_dataset, CONFIG))
    result = model(training=False)
    graphs = model.attended_neighbours(3)
    assert [graph.graph for graph in graphs] == ["interaction", *MODALITIES]
    structural = tf.concat([result.structural_users, result.structural_items], axis=0)
    layers = [(model.attention, structural, 60)]
    layers += [
        (part.attention, result.semantic[part.name].items, 0) for part in model.semantic_parts
    ]
    for attended, (layer, embeddings, first_item) in zip(graphs, layers, strict=True):
        mask = np.zeros((len(embeddings), len(embeddings)), bool)
        for row, listed in enumerate(layer.indices.numpy()):
            mask[row, listed[listed >= 0]] = True
        attention = _dense_attention(layer, embeddings, mask)
        _assert_largest(attended, attention, mask, first_item, 60 - first_item)


def test_attended_neighbours_of_whole_components_are_direct_ones(small_dataset):
    config = dataclasses.replace(CONFIG, surfing=Surfing(neighbourhood="full"))
    model = _random_weights(build_model("a2bm2gl", small_dataset, config))
    result = model(training=False)
    interaction, *of_modalities = model.attended_neighbours(3)
    structural = np.concatenate([result.structural_users, result.structural_items])
    train = small_dataset.train.toarray() > 0
    direct = np.block([[np.zeros((60, 60)), train], [train.T, np.zeros((50, 50))]])
    attention = _dense_attention(model.attention, structural, _component_mask(model.attention))
    _assert_largest(interaction, attention, direct, first_item=60, first_node=0)
    assert interaction.nodes.max() < 60
    for attended, part in zip(of_modalities, model.semantic_parts, strict=True):
        neighbours = result.semantic[part.name].neighbours.numpy()
        direct = np.zeros((50, 50), bool)
        for row, listed in enumerate(neighbours):
            direct[row, listed[listed >= 0]] = True
        attention = _dense_attention(
            part.attention, result.semantic[part.name].items, _component_mask(part.attention)
        )
        _assert_largest(attended, attention, direct, first_item=0, first_node=60)


def test_other_models_name_no_neighbours(small_dataset):
    assert build_model("lightgcn", small_dataset, CONFIG).attended_neighbours(3) == []
