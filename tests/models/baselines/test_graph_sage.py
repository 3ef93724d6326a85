import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.baselines.graph_sage import GraphSAGE
from a2bm2gl_tf.models.config import ModelConfig

CONFIG = ModelConfig(dimension=3, num_layers=2, seed=5)


@pytest.fixture(scope="module")
def dataset():
    """User 2 and item 2 have no interaction, item 1 lacks the first modality."""
    train = sp.csr_matrix(np.array([[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0]], np.float32))
    rng = np.random.default_rng(0)
    features = rng.normal(size=(4, 5)).astype("f4")
    features[1] = 0
    modalities = (
        Modality("visual", features, np.array([True, False, True, True])),
        Modality("text", rng.normal(size=(4, 2)).astype("f4"), np.ones(4, bool)),
    )
    none = sp.csr_matrix(train.shape, dtype=np.float32)
    ids = np.arange(4)
    return Dataset("tiny", ids[:3], ids, None, modalities, train, none, none, "none")


def _loops(model, dataset, last):
    """Algorithm 1 node by node."""
    nodes = model.inputs_of_nodes.node_embeddings.table.numpy().astype("f8")
    for modality, projection in zip(
        dataset.modalities, model.inputs_of_nodes.projections, strict=True
    ):
        nodes[3:] += modality.features @ projection.kernel.numpy()
    dense = dataset.train.toarray()
    neighbours = [list(3 + np.flatnonzero(row)) for row in dense]
    neighbours += [list(np.flatnonzero(column)) for column in dense.T]
    for k, convolution in enumerate(model.convolutions):
        outputs = []
        for v in range(7):
            mean = np.mean(nodes[neighbours[v]], axis=0) if neighbours[v] else np.zeros(3)
            h = np.concatenate([nodes[v], mean]) @ convolution.kernel.numpy()
            if k == 0 or last == "relu":
                h = np.maximum(h, 0)
            outputs.append(h / max(np.linalg.norm(h), 1e-6))
        nodes = np.array(outputs)
    return nodes[:3], nodes[3:]


@pytest.mark.parametrize("last", ["linear", "relu"])
def test_equals_algorithm_1_node_by_node(dataset, last):
    model = GraphSAGE(dataset, dataclasses.replace(CONFIG, own={"last_activation": last}))
    users, items = model.embeddings()
    expected_users, expected_items = _loops(model, dataset, last)
    np.testing.assert_allclose(users, expected_users, atol=1e-5)
    np.testing.assert_allclose(items, expected_items, atol=1e-5)


def test_projected_content_starts_at_the_scale_of_free_embeddings(dataset):
    features = 40 * np.random.default_rng(1).normal(size=(4, 300)).astype("f4")
    modality = Modality("wide", features, np.ones(4, bool))
    wide = dataclasses.replace(dataset, modalities=(modality,))
    model = GraphSAGE(wide, dataclasses.replace(CONFIG, dimension=500))
    projected = model.inputs_of_nodes.projections[0]().numpy()
    assert projected.std() == pytest.approx(CONFIG.init_stddev, rel=0.1)


def test_refuses_other_activations_and_no_layer(dataset):
    with pytest.raises(UserError, match="last_activation=tanh"):
        GraphSAGE(dataset, dataclasses.replace(CONFIG, own={"last_activation": "tanh"}))
    with pytest.raises(UserError, match="num_layers=0"):
        GraphSAGE(dataset, dataclasses.replace(CONFIG, num_layers=0))
