"""The method as one would first write it in TensorFlow: public products, dense M, sampled loss."""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.benchmarks.peers.bpr_sampling import BATCH, TripleSampler
from a2bm2gl_tf.benchmarks.task import Peer, Task, recall_of_lists
from a2bm2gl_tf.graph.bipartite import bipartite_adjacency, normalised_adjacency

# M, its logits, their softmax and the gradients of both, float32.
_DENSE_BYTES_PER_CELL = 20
_TEST_BATCH = 1024


class NaiveTensorFlow(Peer):
    """tf.sparse.sparse_dense_matmul at every step, BPR with one sampled negative, Adam.

    Where an N x N matrix fits, each step also attends over all nodes through a dense M = A + A^2
    of the row-normalised graph, with log M added to the products of the embeddings.

    Args:
      task: the work.
    """

    def __init__(self, task: Task):
        self._task = task
        num_nodes = sum(task.train.shape)
        graph = normalised_adjacency(task.train).tocoo()
        indices = np.stack([graph.row, graph.col], axis=1).astype(np.int64)
        self._graph = tf.SparseTensor(indices, graph.data, graph.shape)
        needed = _DENSE_BYTES_PER_CELL * num_nodes**2
        self._log_reach = None
        self.note = "1 sampled negative a positive"
        if needed <= task.memory_bytes:
            self._log_reach = tf.constant(_dense_log_reach(task.train))
            self.note += "; with dense M"
        else:
            self.note += f"; without M, dense it takes {needed / 2**30:.0f} GiB"
        initial = tf.random.stateless_normal(
            [num_nodes, task.dimension], [task.seed, 0], stddev=0.1
        )
        self._embeddings = tf.Variable(initial)
        self._optimizer = tf.keras.optimizers.Adam(1e-3)
        self._optimizer.build([self._embeddings])
        self._sampler = TripleSampler(task.train, task.seed)
        self.steps_per_epoch = self._sampler.steps_per_epoch
        self._step = tf.function(
            self._train_step, input_signature=[tf.TensorSpec([None], tf.int64)] * 3
        )

    def propagate(self) -> tuple[tf.Tensor, tf.Tensor]:
        """E_u and E_v, float32 (U, d) and (V, d)."""
        layer = tf.convert_to_tensor(self._embeddings)
        total = layer
        for _ in range(self._task.num_layers):
            layer = tf.sparse.sparse_dense_matmul(self._graph, layer)
            total += layer
        final = total / (self._task.num_layers + 1)
        if self._log_reach is not None:
            logits = tf.matmul(layer, layer, transpose_b=True) + self._log_reach
            final += tf.matmul(tf.nn.softmax(logits), layer)
        return tuple(tf.split(final, self._task.train.shape))

    def _train_step(self, users, positives, negatives):
        with tf.GradientTape() as tape:
            all_users, all_items = self.propagate()
            user = tf.gather(all_users, users)
            gap = tf.gather(all_items, negatives) - tf.gather(all_items, positives)
            loss = tf.reduce_mean(tf.math.softplus(tf.reduce_sum(user * gap, axis=1)))
        gradient = tape.gradient(loss, self._embeddings)
        self._optimizer.apply([tf.convert_to_tensor(gradient)], [self._embeddings])
        return loss

    def epoch(self) -> Iterator[None]:
        """Draws the epoch's triples and takes a step for each batch."""
        triples = self._sampler.epoch()
        for start in range(0, len(triples[0]), BATCH):
            float(self._step(*(tf.constant(part[start : start + BATCH]) for part in triples)))
            yield

    def recall(self, k: int) -> float:
        """Whole rows of scores, seen items masked on the host, and tf.math.top_k."""
        all_users, all_items = self.propagate()
        users = np.flatnonzero(np.diff(self._task.test.indptr))
        lists = []
        for start in range(0, users.size, _TEST_BATCH):
            batch = users[start : start + _TEST_BATCH]
            product = tf.matmul(tf.gather(all_users, batch), all_items, transpose_b=True)
            scores = product.numpy()
            scores[self._task.train[batch].nonzero()] = -np.inf
            lists.append(tf.math.top_k(scores, k).indices.numpy())
        return recall_of_lists(np.concatenate(lists), users, self._task.test)


def _dense_log_reach(train: sp.csr_matrix) -> np.ndarray:
    """log(A + A^2), float32 (N, N), a large negative number where a node is out of reach."""
    adjacency = bipartite_adjacency(train).toarray()
    degrees = adjacency.sum(axis=1, keepdims=True)
    one = np.divide(adjacency, degrees, out=np.zeros_like(adjacency), where=degrees > 0)
    reach = one + one @ one
    # A node without an edge reaches itself alone.
    np.fill_diagonal(reach, np.where(degrees.ravel() > 0, np.diag(reach), 1))
    return np.log(reach, out=np.full_like(reach, -1e9), where=reach > 0)
