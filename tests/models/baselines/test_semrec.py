import types

import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.baselines.semrec import SemRec
from a2bm2gl_tf.models.config import ModelConfig

# Users 0: {0, 1}, 1: {1}, 2: {1, 2}, 3: none.
TRAIN = sp.csr_matrix(np.array([[1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 0]], np.float32))
# Videos 0 and 2 are alike, 1 lacks the modality: along U-V-M-V-U only users 0 and 2 are similar.
VISUAL = Modality(
    "visual", np.array([[1, 0], [0, 0], [1, 0]], np.float32), np.array([True, False, True])
)


# Users 0: {0, 1, 2}, 1: {0, 1}, 2: {1, 2, 3}.
OVERLAPPING = sp.csr_matrix(np.array([[1, 1, 1, 0], [1, 1, 0, 0], [0, 1, 1, 1]], np.float32))


def _model(modalities=(VISUAL,), train=TRAIN, **own):
    num_users, num_items = train.shape
    dataset = types.SimpleNamespace(
        train=train, modalities=modalities, num_users=num_users, num_items=num_items, name="hand"
    )
    return SemRec(dataset, ModelConfig(knn=1, own=own))


def test_scores_by_hand():
    model = _model()
    model.path_weights.assign([[2.0, 1.0], [1.0, 5.0], [1.0, 0.0], [1.0, 1.0]])
    # Along U-V-U user 0 is similar to user 1 by 2/3 and to user 2 by 1/2: shares 4/7 and 3/7.
    # Without video 1 no user is similar to another along U-V-U; along content it counts nothing.
    along_uvu = np.array([[0, 0, 3 / 7], [1 / 2, 0, 1 / 2], [3 / 7, 0, 0], [0, 0, 0]])
    along_content = np.array([[0, 1, 1], [0, 0, 0], [1, 1, 0], [0, 0, 0]])
    weights = model.path_weights.numpy()
    expected = weights[:, :1] * along_uvu + weights[:, 1:] * along_content
    np.testing.assert_allclose(model.scorer()(np.arange(4)), expected, rtol=1e-6)
    representations = model(training=True)
    users, items = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    pairs = model.pair_scores(representations, tf.constant(users), tf.constant(items))
    np.testing.assert_allclose(pairs, expected.ravel(), rtol=1e-6)
    lists = tf.constant([[2, 0], [1, 1]])
    of_lists = model.pair_scores(representations, tf.constant([0, 2]), lists)
    np.testing.assert_allclose(of_lists, [expected[0, [2, 0]], expected[2, [1, 1]]], rtol=1e-6)


def test_an_interaction_does_not_speak_for_itself():
    # Without video 0, user 0 is similar to user 1 by 2 / (2 + 2) and to user 2 by 4 / (2 + 3), and
    # user 1 has watched it: 5 / 13, where all interactions make it 6 / 11. Video 3 is user 2's, and
    # user 0 has not watched it: 4 / 5 to user 1 and 2 / 3 to user 2 make 5 / 11.
    expected = np.array([[5 / 13, 1, 2 / 7, 5 / 11], [1 / 2, 1, 1, 1 / 3], [1, 1, 4 / 9, 0]])
    model = _model((), OVERLAPPING)
    np.testing.assert_allclose(model.scorer()(np.arange(3)), expected, rtol=1e-6)
    users, items = np.repeat(np.arange(3), 4), np.tile(np.arange(4), 3)
    pairs = model.pair_scores(model(training=True), tf.constant(users), tf.constant(items))
    np.testing.assert_allclose(pairs, expected.ravel(), rtol=1e-6)


def test_only_the_most_similar_vote():
    # User 0's most similar user is 1; without video 0 it is 2, who has not watched that.
    scores = _model((), OVERLAPPING, similar_users=1).scorer()(np.array([0]))
    np.testing.assert_allclose(scores, [[0, 1, 0, 0]])


def test_inconsistency_by_hand():
    model = _model()
    weights = np.array([[2.0, 1.0], [1.0, 5.0], [4.0, 3.0], [7.0, 7.0]], np.float32)
    # Users 1 and 3 have nobody similar in content, user 3 nobody at all.
    expected = [
        [2 - (4 / 7 * 1 + 3 / 7 * 4), 1 - 3],
        [1 - (2 + 4) / 2, 0],
        [4 - (4 / 7 * 1 + 3 / 7 * 2), 3 - 1],
        [0, 0],
    ]
    np.testing.assert_allclose(model.inconsistency(tf.constant(weights)), expected, rtol=1e-5)


def test_path_weights_stay_non_negative():
    weights = _model().path_weights
    np.testing.assert_array_equal(weights.constraint(tf.constant([[-1.0, 2.0]])), [[0.0, 2.0]])


def test_somebody_has_to_vote():
    with pytest.raises(UserError, match="similar_users=0"):
        _model(similar_users=0)
