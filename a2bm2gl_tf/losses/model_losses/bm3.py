"""BM3's bootstrapped loss: predictions of views, and no negatives."""

import tensorflow as tf

from a2bm2gl_tf.losses.edge_products import edge_scores
from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss


class BM3Loss(ModelLoss):
    r"""The three terms of Zhou et al. (WWW 2023) over the interactions (u, v).

      rec   = C(~h_u, .h_v) + C(.h_u, ~h_v)      graph reconstruction
      align = w sum_m C(~h_v^m, .h_v)            inter-modality alignment
      mask  = w sum_m C(~h_v^m, .h_v^m)          intra-modality, by masked features

    with C(a, b) = 1 - cos(a, b), where the equations have -cos; ~h the prediction from h; and .h a
    view of h by dropout, from which no gradient flows. All interactions of a step see the same view
    of an item, so that the last two terms are sums over items by their interactions.
    """

    def __init__(self):
        super().__init__(name="bm3")

    def __call__(self, model, representations, batch, seed):
        """The terms, each summed over a user's interactions, mean over users; see `ModelLoss`."""
        of = representations.auxiliary
        rate = model.settings.view_dropout
        user_seed, item_seed, *modality_seeds = tf.unstack(
            tf.random.experimental.stateless_split(seed, 2 + len(model.projections))
        )
        user_targets = _view(tf.gather(of["online/users"], batch.users), rate, user_seed)
        item_targets = _view(of["online/items"], rate, item_seed)
        predicted_users = _unit(tf.gather(representations.users, batch.users))
        predicted_items = _unit(representations.items)
        similarity = edge_scores(predicted_users, item_targets, batch)
        similarity += edge_scores(user_targets, predicted_items, batch)
        distances = batch.edge_weights * (2.0 - similarity)
        terms = {"rec": batch.mean_over_users(batch.sum_by_user(distances))}
        if not model.projections:
            return terms
        counts = tf.math.unsorted_segment_sum(
            batch.edge_weights, batch.edge_items, representations.items.shape[0]
        )
        align, mask = [], []
        for projection, modality_seed in zip(model.projections, modality_seeds, strict=True):
            projected = of[f"features/{projection.name}"]
            predicted = _unit(model.predict_views(projected))
            targets = _view(projected, rate, modality_seed)
            weights = counts * projection.present[:, 0]
            align.append(_weighted_distance(predicted, item_targets, weights))
            mask.append(_weighted_distance(predicted, targets, weights))
        scale = model.settings.modality_weight / batch.num_users
        return terms | {"align": scale * tf.add_n(align), "mask": scale * tf.add_n(mask)}


def _unit(x: tf.Tensor) -> tf.Tensor:
    return tf.math.l2_normalize(x, axis=1, epsilon=1e-24)


def _view(x: tf.Tensor, rate: float, seed: tf.Tensor) -> tf.Tensor:
    """A target: unit rows of x after dropout, constant to the gradient."""
    if rate:
        x = tf.nn.experimental.stateless_dropout(x, rate=rate, seed=seed)
    return tf.stop_gradient(_unit(x))


def _weighted_distance(predicted: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Sum over rows of weight times 1 - cosine, of unit rows."""
    return tf.reduce_sum(weights * (1.0 - tf.reduce_sum(predicted * targets, axis=1)))
