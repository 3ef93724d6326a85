"""The adaptive recommendation loss with its margin (section 3.6.2, Eq. 8-10)."""

from typing import NamedTuple

import tensorflow as tf

from a2bm2gl_tf.layers.boundary import BoundaryNetwork
from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.closed_form import (
    CatalogueMoments,
    catalogue_moments,
    regression_to_targets,
)
from a2bm2gl_tf.losses.edge_products import sum_of_edge_items
from a2bm2gl_tf.losses.recommendation import RecommendationLoss


class _Catalogue(NamedTuple):
    """Moments of the weighted items, and the plain sum of their embeddings, float32 (d,)."""

    moments: CatalogueMoments
    total: tf.Tensor


class AdaptiveLoss(RecommendationLoss):
    r"""Regression of each user's scores to boundaries that follow their distribution.

      L_rec = sum_u [ sum_{v in N(u)+} (B_u^up - E_u.E_v)^2
                      + sum_{v in N(u)-} (E_u.E_v - B_u^low)^2 ]              (Eq. 8)
      L_margin = sum_u max(m - (B_u^up - B_u^low), 0)

    The printed margin loss has the opposite sign, which would reward a small gap; the sign here is
    the one its text describes. Read literally, delta L_margin is one number a user against a sum
    over the catalogue, and scores and boundaries collapse to 0; with `margin_scale="catalogue"`
    the margin is weighted by delta x |V|, the scale of L_rec. `stop_gradient` keeps the error of
    the boundaries out of the embeddings.

    Args:
      embedding_dimension: d.
      margin: m, the gap that boundaries are held to.
      margin_weight: delta of Eq. 10.
      margin_scale: "catalogue" (delta x |V|) or "literal" (delta).
      pooling: "mean" or "sum" (as printed) of the item embeddings that Eq. 9 feeds to the MLPs.
      stop_gradient: see above.
      positive_weight: weight of a positive against a negative of weight 1 in `item_weights`.
      item_weights: float32 (V,), weight of each item as a negative.
      seed: first of the four integer seeds used by the initialisers.
    """

    term_names = ("rec", "margin")

    def __init__(
        self,
        embedding_dimension: int,
        item_weights: tf.Tensor,
        margin: float = 1.0,
        margin_weight: float = 0.5,
        margin_scale: str = "catalogue",
        pooling: str = "mean",
        stop_gradient: bool = True,
        positive_weight: float = 1.0,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(dtype="float32", **kwargs)
        if margin_scale not in ("catalogue", "literal"):
            raise ValueError(f"margin_scale is {margin_scale!r}; known: catalogue, literal")
        if pooling not in ("mean", "sum"):
            raise ValueError(f"pooling is {pooling!r}; known: mean, sum")
        self.item_weights = item_weights
        self.margin = margin
        num_items = int(item_weights.shape[0])
        scale = num_items if margin_scale == "catalogue" else 1
        self.scaled_margin_weight = margin_weight * scale
        self.pooling = pooling
        self.positive_weight = positive_weight
        # Starting a margin apart spares the first steps from moving the boundaries alone.
        self.upper_network = BoundaryNetwork(
            stop_gradient, initial_boundary=margin, seed=seed, name="upper"
        )
        self.lower_network = BoundaryNetwork(stop_gradient, seed=seed + 2, name="lower")
        for network in (self.upper_network, self.lower_network):
            network.build((None, embedding_dimension), (None, embedding_dimension))
        self.built = True

    def of_catalogue(self, items):
        """The items' moments and the sum of their embeddings."""
        return _Catalogue(catalogue_moments(items, self.item_weights), tf.reduce_sum(items, axis=0))

    def boundaries(self, users: tf.Tensor, items: tf.Tensor, batch: UserBatch):
        """B_u^up and B_u^low of Eq. 9."""
        return self._boundaries(users, items, batch, tf.reduce_sum(items, axis=0))

    def _boundaries(self, users, items, batch, total):
        """The sum over a user's negatives is the total less the positives."""
        positive = sum_of_edge_items(items, batch)
        negative = total[None, :] - positive
        if self.pooling == "mean":
            degrees = tf.cast(batch.degrees, tf.float32)[:, None]
            num_items = tf.cast(tf.shape(items)[0], tf.float32)
            positive = tf.math.divide_no_nan(positive, degrees)
            negative = tf.math.divide_no_nan(negative, num_items - degrees)
        return self.upper_network(users, positive), self.lower_network(users, negative)

    def call(self, users, items, batch, seed, catalogue=None):
        """L_rec and delta L_margin, means over the batch's users."""
        del seed
        catalogue = self.of_catalogue(items) if catalogue is None else catalogue
        upper, lower = self._boundaries(users, items, batch, catalogue.total)
        per_user = regression_to_targets(
            users,
            items,
            batch,
            upper,
            lower,
            self.positive_weight,
            self.item_weights,
            catalogue.moments,
        )
        shortfall = tf.nn.relu(self.margin - (upper - lower))
        return {
            "rec": batch.mean_over_users(per_user),
            "margin": self.scaled_margin_weight * batch.mean_over_users(shortfall),
        }
