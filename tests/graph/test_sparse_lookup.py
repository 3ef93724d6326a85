import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.sparse_lookup import SparseLookup


def test_every_entry_and_every_gap():
    dense = np.array([[0, 2, 0], [0, 0, 0], [3, 0, 4], [0, 0, 5]], np.float32)
    rows, columns = np.indices(dense.shape)
    found = SparseLookup(sp.csr_matrix(dense))(tf.constant(rows), tf.constant(columns))
    np.testing.assert_array_equal(found, dense)
    assert found.dtype == tf.float32


def test_an_empty_matrix_and_duplicates():
    lookup = SparseLookup(sp.csr_matrix((2, 3)))
    np.testing.assert_array_equal(lookup(tf.constant([0, 1]), tf.constant([0, 2])), [0, 0])
    twice = sp.coo_matrix(([1.0, 2.0], ([1, 1], [2, 2])), shape=(2, 3))
    np.testing.assert_array_equal(SparseLookup(twice)(tf.constant([1]), tf.constant([2])), [3])


def test_keys_beyond_32_bits():
    # 100,000^2 pairs: more than int32 counts.
    corner = sp.coo_matrix(([7.0], ([99_999], [99_998])), shape=(100_000, 100_000))
    found = SparseLookup(corner)(tf.constant([99_999, 99_999]), tf.constant([99_998, 99_999]))
    np.testing.assert_array_equal(found, [7, 0])
