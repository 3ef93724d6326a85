"""UltraGCN-style losses that draw connected nodes together (Eq. 2 and its form for L_sem)."""

import tensorflow as tf

from a2bm2gl_tf.layers.neighbour_ops import neighbour_dot
from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.edge_products import edge_scores
from a2bm2gl_tf.models.recommender import SemanticRepresentation


def structural_loss(
    structural_users: tf.Tensor, structural_items: tf.Tensor, batch: UserBatch
) -> tf.Tensor:
    r"""L_str = -sum_u sum_{v in N(u)} beta_{u,v} log sigmoid(E_u^str.E_v^str) (Eq. 2).

    Args:
      structural_users: E_u^str of the batch's users, float32 (b, d).
      structural_items: E_v^str of all items, float32 (V, d).
      batch: the users' edges with their beta.

    Returns:
      float32 scalar: the sum over a user's edges, mean over the batch's users.
    """
    scores = edge_scores(structural_users, structural_items, batch)
    per_user = batch.sum_by_user(batch.edge_beta * tf.math.softplus(-scores))
    return batch.mean_over_users(per_user)


def semantic_loss(semantic: dict[str, SemanticRepresentation]) -> tf.Tensor:
    r"""L_sem: Eq. 2's form on every modality's kNN graph, with H in place of E^str.

    Args:
      semantic: the modalities' representations.

    Returns:
      float32 scalar, summed over modalities, items and their neighbours.
    """
    total = tf.zeros([])
    for part in semantic.values():
        scores = neighbour_dot(part.items, part.items, part.neighbours)
        total += tf.reduce_sum(part.edge_weights * tf.math.softplus(-scores))
    return total
