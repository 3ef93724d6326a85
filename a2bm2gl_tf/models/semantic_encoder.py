"""The semantic and anti-bottleneck parts for items that were not there in training."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from a2bm2gl_tf.graph.components import component_labels
from a2bm2gl_tf.graph.knn import neighbours_to_csr, unit_vectors
from a2bm2gl_tf.layers.adjacent_attention import NEGATIVE_SLOPE
from a2bm2gl_tf.models.new_item_encoder import NewItemEncoder
from a2bm2gl_tf.models.semantic_part import SemanticPart


class ContentNeighbours(tf.Module):
    """The known items that a new item's features resemble most, by the learned similarity (Eq. 3).

    Args:
      features: X of the known items that have the modality, float32 (n, f), n at least 1.
      head_weights: w_p, float32 (m, f).
      k: neighbours an item; n where that is less.
    """

    def __init__(self, features: np.ndarray, head_weights: np.ndarray, k: int):
        super().__init__(name="content_neighbours")
        self._head_weights = tf.Variable(head_weights, trainable=False)
        self._vectors = tf.Variable(unit_vectors(features, head_weights), trainable=False)
        self._k = min(k, len(features))

    def __call__(self, features: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Similarities, best first, and places among the known items, each (b, k).

        Args:
          features: float32 (b, f), scaled as the known ones are.
        """
        heads = features[:, tf.newaxis, :] * self._head_weights
        unit = tf.math.l2_normalize(heads, axis=2, epsilon=1e-24)
        num_heads, width = self._head_weights.shape
        vectors = tf.reshape(unit, [-1, num_heads * width]) / np.float32(np.sqrt(num_heads))
        best = tf.math.top_k(tf.matmul(vectors, self._vectors, transpose_b=True), self._k)
        return best.values, best.indices


class SemanticEncoder(tf.Module):
    r"""H_v + E_v^anti of new items v, with all weights and all known items as training left them.

    A new item chooses its k neighbours among the known items, and none of them chooses it: with
    a_vj = max(s_vj, 0) and D_v = sum_j a_vj + w,

      H_v = ReLU(D_v^-1/2 (sum_j a_vj D_j^-1/2 x_j W + w D_v^-1/2 x_v W))      (Eq. 4),

    which is the row that Eq. 4 gives an item that is added to the others. Full-adjacent attention
    over whole components is exact likewise: v joins the components of its neighbours and attends to
    them and itself (Eq. 6). Where neighbourhoods come from surfing, E_v^anti is instead the mean of
    the neighbours' E^anti, weighted by a_vj: an approximation.

    Args:
      part: the trained part; some item has the modality.

    Attributes:
      width: f.
    """

    def __init__(self, part: SemanticPart):
        super().__init__(name=part.name)
        known = np.flatnonzero(part.present)
        features = part.features.numpy()
        neighbours = part.neighbours.numpy()
        self.width = features.shape[1]
        self.neighbours = ContentNeighbours(
            features[known], part.similarity.head_weights(), neighbours.shape[1]
        )
        representation, attended, _ = part()
        encoder = part.encoder
        self._loop = float(encoder.self_loop_weight())
        self._activation = encoder.activation
        kernel = keras.ops.convert_to_numpy(encoder.kernel)
        self._kernel = tf.Variable(kernel, trainable=False)
        similarities = part.similarity(part.features, tf.constant(neighbours)).numpy()
        degrees = np.where(neighbours >= 0, np.maximum(similarities, 0), 0).sum(axis=1) + self._loop
        scale = _inverse_roots(degrees[known, np.newaxis])
        self._projected = tf.Variable(features[known] @ kernel * scale, trainable=False)
        self._attention = None
        if part.attention is not None:
            encoded = representation.items.numpy()[known]
            if part.attention.spans_components:
                labels = component_labels(neighbours_to_csr(neighbours))[known]
                w_l, w_r = (
                    keras.ops.convert_to_numpy(w) for w in (part.attention.w_l, part.attention.w_r)
                )
                self._attention = ComponentAttention(encoded, labels, w_l, w_r)
            else:
                self._attention = BorrowedAttention(attended.numpy()[known])

    def __call__(self, features: tf.Tensor) -> tf.Tensor:
        """H_v + E_v^anti of new items that have the modality, float32 (b, d).

        Args:
          features: float32 (b, f), scaled as in training.
        """
        similarities, chosen = self.neighbours(features)
        weights = tf.nn.relu(similarities)
        degrees = tf.reduce_sum(weights, axis=1, keepdims=True) + self._loop
        scale = tf.math.divide_no_nan(1.0, tf.sqrt(degrees))
        own = scale * tf.matmul(features, self._kernel)
        received = tf.einsum("bk,bkd->bd", weights, tf.gather(self._projected, chosen))
        encoded = self._activation(scale * (received + self._loop * own))
        if self._attention is None:
            return encoded
        return encoded + self._attention(encoded, weights, chosen)


class SemanticItemEncoder(NewItemEncoder):
    r"""sum_modality (H_v + E_v^anti_modality) of new items v.

    It is all that A2BM2GL itself has for an item without interactions: the collaborative part of a
    node without an edge is what is left of its random start.

    Args:
      parts: the semantic parts; a modality that no known item has is left out.
    """

    def __init__(self, parts: Sequence[SemanticPart]):
        super().__init__(name="semantic_item_encoder")
        self._encoders = [SemanticEncoder(part) for part in parts if part.present.any()]
        self.modalities = tuple(encoder.name for encoder in self._encoders)
        self.widths = tuple(encoder.width for encoder in self._encoders)

    def __call__(self, features: Sequence[tf.Tensor], present: Sequence[tf.Tensor]) -> tf.Tensor:
        """See `NewItemEncoder`."""
        encoded = [
            tf.where(there[:, tf.newaxis], encode(rows), 0.0)
            for encode, rows, there in zip(self._encoders, features, present, strict=True)
        ]
        return tf.add_n(encoded)


class ComponentAttention(tf.Module):
    """Attention of new items to the components of their neighbours, and to themselves.

    Args:
      encoded: H of the known items, float32 (n, d).
      labels: int (n,), the component of each.
      w_l: float32 (d,), of the item that attends.
      w_r: float32 (d,), of the item that is attended to.
    """

    def __init__(self, encoded: np.ndarray, labels: np.ndarray, w_l: np.ndarray, w_r: np.ndarray):
        super().__init__(name="component_attention")
        _, labels = np.unique(labels, return_inverse=True)
        self._num_components = int(labels.max()) + 1
        self._labels = tf.Variable(labels.astype(np.int64), trainable=False)
        self._encoded = tf.Variable(encoded, trainable=False)
        self._right = tf.Variable(encoded @ w_r, trainable=False)
        self._w_l, self._w_r = (tf.Variable(w, trainable=False) for w in (w_l, w_r))

    def __call__(self, encoded: tf.Tensor, weights: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
        """E^anti of new items, float32 (b, d).

        Args:
          encoded: their H, float32 (b, d).
          weights: unused; a component is joined however weak the edge.
          chosen: int (b, k) places of their neighbours.
        """
        del weights
        joined = tf.one_hot(
            tf.gather(self._labels, chosen), self._num_components, on_value=True, off_value=False
        )
        reached = tf.gather(tf.reduce_any(joined, axis=1), self._labels, axis=1)
        left = tf.linalg.matvec(encoded, self._w_l)[:, tf.newaxis]
        own = tf.linalg.matvec(encoded, self._w_r)[:, tf.newaxis]
        logits = tf.nn.leaky_relu(left + self._right, NEGATIVE_SLOPE)
        logits = tf.where(reached, logits, -np.inf)
        own = tf.nn.leaky_relu(left + own, NEGATIVE_SLOPE)
        attention = tf.nn.softmax(tf.concat([logits, own], axis=1))
        return tf.matmul(attention[:, :-1], self._encoded) + attention[:, -1:] * encoded


class BorrowedAttention(tf.Module):
    """The mean of the neighbours' E^anti by similarity.

    Args:
      attended: E^anti of the known items, float32 (n, d).
    """

    def __init__(self, attended: np.ndarray):
        super().__init__(name="borrowed_attention")
        self._attended = tf.Variable(attended, trainable=False)

    def __call__(self, encoded: tf.Tensor, weights: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
        """E^anti of new items, float32 (b, d); zero where no neighbour is similar.

        Args:
          encoded: unused.
          weights: a, float32 (b, k).
          chosen: int (b, k) places of the neighbours.
        """
        del encoded
        shares = tf.math.divide_no_nan(weights, tf.reduce_sum(weights, axis=1, keepdims=True))
        return tf.einsum("bk,bkd->bd", shares, tf.gather(self._attended, chosen))


def _inverse_roots(degrees: np.ndarray) -> np.ndarray:
    roots = np.sqrt(degrees)
    return np.divide(1, roots, out=np.zeros_like(roots), where=roots > 0).astype(np.float32)
