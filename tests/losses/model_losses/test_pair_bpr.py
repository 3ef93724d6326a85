import numpy as np
import tensorflow as tf

from a2bm2gl_tf.losses.model_losses.pair_bpr import PairBPRLoss
from a2bm2gl_tf.losses.pairwise import BPRLoss
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training.batches import UserBatches


def test_equals_bpr_where_scores_are_products(small_dataset):
    model = build_model("lightgcn", small_dataset, ModelConfig(dimension=4, init_stddev=1.0))
    users = np.arange(small_dataset.num_users)
    batch = UserBatches(small_dataset.train, 0, seed=0).of_users(users)
    representations, seed = model(training=True), tf.constant([3, 4])
    found = PairBPRLoss()(model, representations, batch, seed)
    expected = BPRLoss()(representations.users, representations.items, batch, seed)
    np.testing.assert_allclose(found["pair_bpr"], expected["rec"], rtol=1e-5)
