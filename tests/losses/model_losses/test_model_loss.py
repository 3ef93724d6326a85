"""A model's own loss takes the same part in a step as any other."""

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.losses.recommendation import NoRecommendationLoss
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training.assembly import assemble
from a2bm2gl_tf.training.config import TrainingConfig
from a2bm2gl_tf.training.distribution import Distribution


class _PositivesTowardsOne(ModelLoss):
    """Half the squared distance of every positive's score from 1, by pairs."""

    def __call__(self, model, representations, batch, seed):
        scores = model.pair_scores(representations, batch.users_of_edges, batch.edge_items)
        per_user = batch.sum_by_user(0.5 * tf.square(1.0 - scores))
        return {"own": batch.mean_over_users(per_user)}


def _step(dataset, of_model, **config):
    model = build_model("lightgcn", dataset, ModelConfig(dimension=4, num_layers=1))
    config = LossConfig(name="none", structural_weight=0.0, **config)
    objective = Objective(
        NoRecommendationLoss(name="none"), config, dataset.num_users, of_model=of_model
    )
    training = TrainingConfig(batch_users=16, batches_per_propagation=2, learning_rate=0.01)
    assembly = assemble(model, objective, dataset.train, training, Distribution())
    return model, assembly.batches, assembly.step


def test_its_terms_are_logged_and_followed(small_dataset):
    _, batches, step = _step(small_dataset, [_PositivesTowardsOne()], l2=0.0)
    before = [step(batches.at_step(i), tf.constant(i)) for i in range(30)]
    assert set(before[0]) == {"own", "loss", "gradient_norm"}
    assert float(before[0]["own"]) == float(before[0]["loss"])
    # The initial scores are all but 0: half a positive, and a batch has all of its users' own.
    degrees = batches.at_step(0).degrees.numpy()
    np.testing.assert_allclose(float(before[0]["own"]), degrees.mean() / 2, rtol=0.05)
    assert float(before[-1]["own"]) < 0.7 * float(before[0]["own"])


def test_without_any_term_only_l2_moves_the_weights(small_dataset):
    model, batches, step = _step(small_dataset, [], l2=1.0)
    norms = []
    for i in range(3):
        step(batches.at_step(i), tf.constant(i))
        norms.append(float(tf.norm(model.node_embeddings.table)))
    assert norms[0] > norms[1] > norms[2]
