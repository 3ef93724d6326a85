import dataclasses

import numpy as np
import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import bipartite_adjacency
from a2bm2gl_tf.graph.random_walks import most_visited
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.baselines.pin_sage import PinSAGE
from a2bm2gl_tf.models.config import ModelConfig

OWN = {"neighbours": 4, "walk_hops": 300, "hard_walk_hops": 500, "hard_first": 3, "hard_last": 12}
CONFIG = ModelConfig(dimension=6, num_layers=2, seed=2, own=OWN)


@pytest.fixture(scope="module")
def model(small_dataset):
    return PinSAGE(small_dataset, CONFIG)


def test_equals_algorithm_2_node_by_node(model, small_dataset):
    nodes = model.inputs_of_nodes().numpy().astype("f8")
    graph = bipartite_adjacency(small_dataset.train)
    visited = most_visited(graph, np.arange(110), 4, 300, 0.3, seed=derived_seed(2, 300))
    for layer in model.convolutions:
        outputs = []
        for v in range(110):
            pooled = np.zeros(6)
            for u, visits in zip(visited.nodes[v], visited.visits[v], strict=True):
                if u >= 0:
                    message = nodes[u] @ layer.message.kernel.numpy() + layer.message.bias.numpy()
                    pooled += visits / visited.visits[v].sum() * np.maximum(message, 0)
            joined = np.concatenate([nodes[v], pooled])
            h = np.maximum(joined @ layer.update.kernel.numpy() + layer.update.bias.numpy(), 0)
            outputs.append(h / max(np.linalg.norm(h), 1e-6))
        nodes = np.array(outputs)
    first, second = model.dense
    nodes = np.maximum(nodes @ first.kernel.numpy() + first.bias.numpy(), 0)
    nodes = nodes @ second.kernel.numpy()
    users, items = model.embeddings()
    np.testing.assert_allclose(users, nodes[:60], atol=1e-5)
    np.testing.assert_allclose(items, nodes[60:], atol=1e-5)


def test_hard_items_are_visited_ones_that_the_user_lacks(model, small_dataset):
    graph = bipartite_adjacency(small_dataset.train)
    ranked = most_visited(graph, np.arange(60), 110, 500, 0.3, seed=derived_seed(2, 301)).nodes
    hard, counts = model.hard_items.numpy(), model.num_hard_items.numpy()
    assert hard.shape == (60, 10)
    for user in range(60):
        own = set(small_dataset.train[user].indices)
        items = [v - 60 for v in ranked[user] if v >= 60 and v - 60 not in own]
        expected = items[2:12]
        assert list(hard[user, : len(expected)]) == expected
        assert counts[user] == len(expected)


def test_every_refresh_is_a_stage_of_the_curriculum(model, small_dataset):
    stages = [float(model.hard_negatives_now.numpy())]
    # A run that is stopped right after a refresh does it again.
    for count in (1, 1, 2, 3):
        model.refresh(count)
        stages.append(float(model.hard_negatives_now.numpy()))
    assert stages == [0, 1, 1, 2, 2]
    # The stage belongs to what a checkpoint holds.
    loaded = PinSAGE(small_dataset, CONFIG)
    loaded.from_arrays(model.to_arrays())
    assert float(loaded.hard_negatives_now.numpy()) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("neighbours", 0),
        ("hard_walk_hops", 0),
        ("restart", 1.0),
        ("hard_last", 2),
        ("hard_negatives", -1),
    ],
)
def test_refuses_settings_out_of_range(small_dataset, name, value):
    with pytest.raises(UserError, match=f"{name}={value}"):
        PinSAGE(small_dataset, dataclasses.replace(CONFIG, own={**OWN, name: value}))
