import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.losses.model_losses.bm3 import BM3Loss
from a2bm2gl_tf.models.baselines.bm3 import BM3
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.training.batches import UserBatches

SEED = tf.constant([1, 2])


@pytest.fixture
def partial(small_dataset):
    """Two modalities, one of which half of the items lack."""
    first, second = small_dataset.modalities[:2]
    present = first.present & (np.arange(50) % 2 == 0)
    features = np.where(present[:, None], first.features, 0).astype("f4")
    return dataclasses.replace(
        small_dataset, modalities=(Modality("half", features, present), second)
    )


def _setup(dataset, **own):
    model = BM3(dataset, ModelConfig(dimension=6, num_layers=2, seed=3, own=own))
    model.predictor_bias.assign(np.linspace(-0.3, 0.3, 6))
    batches = UserBatches(dataset.train, 7, seed=0, ordered=True)
    return model, batches.at_step(0)


def _distance(a, b):
    return 1 - a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_equals_its_formula_without_dropout(partial):
    model, batch = _setup(partial, view_dropout=0.0, modality_weight=0.4)
    representations = model()
    terms = BM3Loss()(model, representations, batch, SEED)
    h = {name: value.numpy() for name, value in representations.auxiliary.items()}
    kernel, bias = model.predictor_kernel.numpy(), model.predictor_bias.numpy()
    expected = {"rec": 0.0, "align": 0.0, "mask": 0.0}
    for place, v in zip(batch.edge_users.numpy(), batch.edge_items.numpy(), strict=True):
        u = batch.users.numpy()[place]
        expected["rec"] += _distance(h["online/users"][u] @ kernel + bias, h["online/items"][v])
        expected["rec"] += _distance(h["online/users"][u], h["online/items"][v] @ kernel + bias)
        for modality in partial.modalities:
            if modality.present[v]:
                own = h[f"features/{modality.name}"][v]
                expected["align"] += 0.4 * _distance(own @ kernel + bias, h["online/items"][v])
                expected["mask"] += 0.4 * _distance(own @ kernel + bias, own)
    assert set(terms) == set(expected)
    for name, value in expected.items():
        assert float(terms[name]) == pytest.approx(value / 7, rel=1e-4)


def test_views_depend_on_the_seed_alone(partial):
    model, batch = _setup(partial, view_dropout=0.5)

    def terms(seed):
        return [float(t) for t in BM3Loss()(model, model(), batch, tf.constant(seed)).values()]

    assert terms([1, 2]) == terms([1, 2])
    assert all(a != b for a, b in zip(terms([1, 2]), terms([1, 3]), strict=True))


def test_no_gradient_flows_from_a_target(partial):
    model, batch = _setup(partial, view_dropout=0.0)
    representations = model()
    with tf.GradientTape() as tape:
        watched = {k: tf.identity(v) for k, v in representations.auxiliary.items()}
        tape.watch(watched)
        kept = representations._replace(auxiliary=watched)
        terms = BM3Loss()(model, kept, batch, SEED)
        total = tf.add_n(list(terms.values()))
    gradients = tape.gradient(total, watched)
    # h_u and h_v are targets alone here: their predictions are fields of their own.
    assert gradients["online/users"] is None
    assert gradients["online/items"] is None
    assert np.abs(gradients["features/half"][::2]).sum() > 0
    np.testing.assert_array_equal(gradients["features/half"][1::2], 0.0)
