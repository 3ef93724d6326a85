import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.baselines.herec import HERec
from a2bm2gl_tf.models.config import ModelConfig


def _model(dataset, **own):
    return HERec(dataset, ModelConfig(dimension=4, knn=3, own={"walk_dimension": 6, **own}))


def test_the_score_is_the_paper_s_sum(small_dataset):
    model = _model(small_dataset, user_weight=0.5, item_weight=2.0)
    model.solve()
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    u, v = 7, 11
    x, gamma = model.node_embeddings.table.numpy(), model.fusion_embeddings.table.numpy()
    e_u = model.fusions["users"](model.path_embeddings["users"].value)[u].numpy()
    e_v = model.fusions["items"](model.path_embeddings["items"].value)[v].numpy()
    item = small_dataset.num_users + v
    expected = x[u] @ x[item] + 0.5 * e_u @ gamma[item] + 2.0 * gamma[u] @ e_v
    np.testing.assert_allclose(model.scorer()(np.array([u]))[0, v], expected, rtol=1e-4)


def test_every_path_is_embedded_and_nothing_else_is_fixed(small_dataset):
    model = _model(small_dataset)
    assert not model.path_embeddings["users"].numpy().any()
    model.solve()
    for kind, size in (("users", 60), ("items", 50)):
        found = model.path_embeddings[kind].numpy()
        assert found.shape == (4, size, 6)
        # U-V-U and V-U-V, then one path a modality: each different, each standardised.
        assert len(np.unique(found[:, 0, 0])) == 4
        for path in found:
            embedded = path[path.any(axis=1)]
            np.testing.assert_allclose(embedded.mean(axis=0), 0, atol=1e-5)
            np.testing.assert_allclose(embedded.std(axis=0), 1, atol=1e-4)
    fixed = {id(variable) for variable in model.non_trainable_variables}
    assert fixed == {id(variable) for variable in model.path_embeddings.values()}
    with tf.GradientTape() as tape:
        representations = model(training=True)
        loss = tf.reduce_sum(representations.users[:50] * representations.items)
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
    assert all(gradient is not None for gradient in gradients)


def test_walks_through_a_modality_avoid_the_videos_without_it(small_dataset):
    paths = _model(small_dataset)._paths()
    into, graph, back = paths["users"][1]
    assert np.isin(into.indices, np.flatnonzero(np.diff(graph.indptr))).all()
    np.testing.assert_array_equal(back.toarray(), small_dataset.train.T.toarray())
    assert [len(path) for path in paths["users"]] == [2, 3, 3, 3]
    assert [len(path) for path in paths["items"]] == [2, 1, 1, 1]


def test_settings_out_of_range(small_dataset):
    with pytest.raises(UserError, match="walk_length=1"):
        _model(small_dataset, walk_length=1)
