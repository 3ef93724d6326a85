import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.layers.user_content import UserContent

# User 2 has met nothing.
TRAIN = sp.csr_matrix(np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0]], np.float32))
FIRST = tf.constant([[1.0, 0.0], [3.0, 2.0], [5.0, 5.0]])
SECOND = tf.constant([[0.0, 4.0], [0.0, 8.0], [1.0, -1.0]])


def test_starts_with_modalities_as_equals():
    content = UserContent(TRAIN, 2, "public")([FIRST, SECOND])
    # User 0: means (2, 1) and (0, 6); user 1: (5, 5) and (1, -1).
    np.testing.assert_allclose(content, [[1.0, 3.5], [3.0, 2.0], [0.0, 0.0]], rtol=1e-6)


def test_every_user_weighs_modalities_by_its_own_preferences():
    layer = UserContent(TRAIN, 2, "public")
    layer.preferences.assign([[np.log(3.0), 0.0], [0.0, np.log(4.0)], [1.0, 0.0]])
    expected = [[0.75 * 2, 0.75 * 1 + 0.25 * 6], [0.2 * 5 + 0.8, 0.2 * 5 - 0.8], [0.0, 0.0]]
    np.testing.assert_allclose(layer([FIRST, SECOND]), expected, rtol=1e-5)


def test_gradients_reach_preferences_and_items():
    layer = UserContent(TRAIN, 2, "csr")
    first = tf.Variable(FIRST)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(layer([first, SECOND])[:, 0])
    by_items, by_preferences = tape.gradient(value, [first, layer.preferences.value])
    # Half of user 0's mean over two items, half of user 1's over one.
    np.testing.assert_allclose(by_items, [[0.25, 0], [0.25, 0], [0.5, 0]], rtol=1e-6)
    # Softmax at equality: a quarter of the difference between the modalities.
    np.testing.assert_allclose(by_preferences, [[0.5, -0.5], [1.0, -1.0], [0, 0]], atol=1e-6)
