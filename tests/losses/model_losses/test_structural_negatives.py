import types

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.losses.model_losses.registry import build_model_losses
from a2bm2gl_tf.losses.model_losses.structural_negatives import StructuralNegativesLoss
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.recommender import Representations
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training.batches import UserBatches


def test_is_the_mean_over_a_users_negatives_for_each_positive():
    train = sp.csr_matrix(np.array([[1, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 1]], np.float32))
    rng = np.random.default_rng(0)
    users, items = (tf.Variable(rng.normal(size=(n, 3)).astype("f4")) for n in (3, 4))
    batch = UserBatches(train, 0, seed=0).of_users(np.arange(3))
    model = types.SimpleNamespace(
        num_items=4, settings=types.SimpleNamespace(structural_negative_weight=0.7)
    )
    # The fused representations play no part.
    representations = Representations(users * 0, items * 0, users, items, {})
    with tf.GradientTape(persistent=True) as tape:
        fast = StructuralNegativesLoss()(
            model,
            representations._replace(
                structural_users=tf.identity(users), structural_items=tf.identity(items)
            ),
            batch,
            None,
        )["structural_negatives"]
        scores = tf.matmul(users, items, transpose_b=True)
        costs = tf.math.softplus(scores)
        first = 2 * (costs[0, 2] + costs[0, 3]) / 2
        second = 1 * (costs[1, 0] + costs[1, 1] + costs[1, 3]) / 3
        # The third user has every item, and so no negative.
        slow = 0.7 * (first + second) / 3
    np.testing.assert_allclose(fast, slow, rtol=1e-5)
    for variable in (users, items):
        gradients = [tf.convert_to_tensor(tape.gradient(x, variable)) for x in (fast, slow)]
        np.testing.assert_allclose(*gradients, rtol=1e-4, atol=1e-6)


def test_a_model_has_it_where_its_settings_say_so(small_dataset):
    for weight, losses in ((0.0, []), (0.5, [StructuralNegativesLoss])):
        config = ModelConfig(dimension=4, own={"structural_negative_weight": weight})
        model = build_model("a2bm2gl", small_dataset, config)
        assert [type(loss) for loss in build_model_losses(model)] == losses
