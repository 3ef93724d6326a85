import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.baselines.han import HAN
from a2bm2gl_tf.models.config import ModelConfig


@pytest.fixture
def tiny(small_dataset):
    """Three users and four items: users 0 and 1 share item 1, item 3 has met nobody."""
    train = sp.csr_matrix(
        np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], np.float32), dtype=np.float32
    )
    # Items 0 and 3, and 1 and 2, are alike; with one neighbour each there are no other links.
    features = np.array([[1, 0.1], [0.1, 1], [0, 1], [1, 0]], np.float32)
    empty = sp.csr_matrix((3, 4), dtype=np.float32)
    return dataclasses.replace(
        small_dataset,
        user_ids=np.arange(3),
        item_ids=np.arange(4),
        item_titles=None,
        modalities=(Modality("look", features, np.ones(4, bool)),),
        train=train,
        validation=empty,
        test=empty,
    )


def _config(**own):
    own = {"heads": 1, "semantic_units": 3, "user_content_paths": False, **own}
    return ModelConfig(dimension=2, knn=1, seed=4, own=own)


def _attended(h, sets, layer):
    left, right = layer.a_left.numpy()[0], layer.a_right.numpy()[0]
    rows = []
    for i, neighbours in enumerate(sets):
        logits = np.array([left @ h[i] + right @ h[j] for j in neighbours])
        scores = np.exp(np.where(logits > 0, logits, 0.2 * logits))
        z = sum(s * h[j] for s, j in zip(scores / scores.sum(), neighbours, strict=True))
        rows.append(np.where(z > 0, z, np.expm1(z)))
    return np.array(rows)


def test_embeddings_are_those_of_the_formula(tiny):
    model = HAN(tiny, _config())
    users, items = model.embeddings()
    table = model.node_embeddings.table.numpy()
    h_users = table[:3] @ model.user_kernel.numpy()
    content = tiny.modalities[0].features @ model.content[0].kernel.numpy()
    h_items = table[3:] @ model.item_kernel.numpy() + content

    np.testing.assert_allclose(
        users, _attended(h_users, [[0, 1], [1, 0], [2]], model.users.node_level[0]), atol=1e-6
    )
    views = [
        _attended(h_items, [[0, 1], [1, 0, 2], [2, 1], [3]], model.items.node_level[0]),
        _attended(h_items, [[0, 3], [1, 2], [2, 1], [3, 0]], model.items.node_level[1]),
    ]
    semantic = model.items.semantic_level
    kernel, bias, query = (w.numpy() for w in (semantic.kernel, semantic.bias, semantic.query))
    beta = np.exp([(np.tanh(z @ kernel + bias) @ query).mean() for z in views])
    beta /= beta.sum()
    np.testing.assert_allclose(items, beta[0] * views[0] + beta[1] * views[1], atol=1e-6)


def test_users_get_a_path_a_modality_by_content(tiny):
    model = HAN(tiny, _config(user_content_paths=True))
    assert len(model.users.node_level) == 2
    # Items 1 and 2 are alike, and so user 0 reaches user 1 through them as well.
    np.testing.assert_array_equal(model.users.neighbours[1][:, 0], [0, 1, 2])
    np.testing.assert_array_equal(model.users.neighbours[1][:, 1], [1, 0, -1])


def test_the_nearest_in_content_are_kept_whatever_their_rows(tiny):
    # Of item 0's two neighbours 3 is the nearer, though 2 comes first.
    angles = np.array([0.0, 1.5, 0.5, 0.2])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    look = Modality("look", features, np.ones(4, bool))
    dataset = dataclasses.replace(tiny, modalities=(look,))
    model = HAN(dataset, dataclasses.replace(_config(top=1), knn=2))
    np.testing.assert_array_equal(model.items.neighbours[1][0], [0, 3])


def test_no_neighbour_at_all_is_refused(tiny):
    with pytest.raises(UserError, match="top=0"):
        HAN(tiny, _config(top=0))
