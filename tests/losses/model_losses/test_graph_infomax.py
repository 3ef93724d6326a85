import types

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.losses.model_losses.graph_infomax import GraphInfomaxLoss
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model


def test_is_the_binary_cross_entropy_of_both_graphs():
    logits = [
        (np.array([2.0, -1.0], "f4"), np.array([0.5, 0.0], "f4")),
        (np.array([1.0, 0.0, 3.0], "f4"), np.array([-2.0, 1.0, 0.0], "f4")),
    ]
    model = types.SimpleNamespace(
        infomax_weight=0.4,
        infomax_logits=lambda representations, seed: [
            tuple(tf.constant(x) for x in pair) for pair in logits
        ],
    )
    expected = 0.0
    for real, shuffled in logits:
        right, wrong = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-shuffled))
        expected -= 0.4 * (np.log(right).sum() + np.log(1 - wrong).sum()) / (2 * len(real))
    term = GraphInfomaxLoss()(model, None, None, tf.constant([0, 1]))
    assert set(term) == {"infomax"}
    np.testing.assert_allclose(term["infomax"], expected, rtol=1e-6)


def test_starts_at_log_2_a_graph_and_moves_every_weight(small_dataset):
    model = build_model("hgcl", small_dataset, ModelConfig(dimension=8, num_layers=1))
    with tf.GradientTape() as tape:
        value = GraphInfomaxLoss()(model, model(training=True), None, tf.constant([0, 1]))
    np.testing.assert_allclose(value["infomax"] / model.infomax_weight, 2 * np.log(2), rtol=0.05)
    gradients = tape.gradient(value["infomax"], [v.value for v in model.trainable_variables])
    assert all(np.abs(gradient.numpy()).max() > 0 for gradient in gradients)
