import numpy as np
import tensorflow as tf

from a2bm2gl_tf.layers.meta_path_fusion import MetaPathFusion


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_equals_the_formula_in_loops():
    rng = np.random.default_rng(0)
    fusion = MetaPathFusion(num_nodes=3, num_paths=2, input_dimension=4, dimension=5)
    for variable in fusion.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    embeddings = rng.normal(size=(2, 3, 4)).astype("f4")
    expected = np.zeros((3, 5))
    for node in range(3):
        for path in range(2):
            mapped = embeddings[path, node] @ fusion.maps[path].numpy() + fusion.biases[path]
            expected[node] += (0.5 + fusion.deviations[node, path]) * _sigmoid(mapped)
    np.testing.assert_allclose(fusion(tf.constant(embeddings)), _sigmoid(expected), rtol=1e-5)


def test_paths_start_as_equals():
    fusion = MetaPathFusion(num_nodes=3, num_paths=4, input_dimension=2, dimension=2)
    np.testing.assert_allclose(fusion.preferences(), np.full((3, 4), 0.25))
