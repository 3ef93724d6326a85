"""Recommendation losses by name."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.losses.adaptive import AdaptiveLoss
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.pairwise import BPRLoss, InfoBPRLoss
from a2bm2gl_tf.losses.recommendation import NoRecommendationLoss, RecommendationLoss
from a2bm2gl_tf.losses.weighted_regression import (
    LinearWeightedRegression,
    SigmoidWeightedRegression,
)

NEGATIVE_SCALES = ("pair", "positives")


def negative_item_weights(
    config: LossConfig, item_degrees: np.ndarray, num_users: int
) -> tf.Tensor:
    """c_v of each item as a negative: mean `negative_weight`, proportional to d_v^power.

    With `negative_scale="positives"` the mean is negative_weight c+ |E| / (U V - |E|) instead: the
    negatives weigh `negative_weight` times as much as the positives.

    Args:
      config: `negative_weight`, `negative_scale`, `negative_popularity_power`, `positive_weight`.
      item_degrees: (V,) training interactions an item.
      num_users: U.

    Returns:
      float32 (V,).

    Raises:
      ValueError: for an unknown `negative_scale`.
    """
    if config.negative_scale not in NEGATIVE_SCALES:
        raise ValueError(f"negative_scale is {config.negative_scale!r}; known: {NEGATIVE_SCALES}")
    mean = config.negative_weight
    if config.negative_scale == "positives":
        positives = float(np.sum(item_degrees))
        negatives = max(num_users * len(item_degrees) - positives, 1.0)
        mean *= config.positive_weight * positives / negatives
    # An item nobody has met still has to be told apart from the positives.
    weights = np.maximum(item_degrees, 1.0) ** config.negative_popularity_power
    return tf.constant(mean * weights / weights.mean(), tf.float32)


def _adaptive(config: LossConfig, dimension: int, item_weights: tf.Tensor) -> RecommendationLoss:
    return AdaptiveLoss(
        dimension,
        item_weights,
        margin=config.margin,
        margin_weight=config.margin_weight,
        margin_scale=config.margin_scale,
        pooling=config.boundary_pooling,
        stop_gradient=config.boundary_stop_gradient,
        positive_weight=config.positive_weight,
        seed=config.seed,
        name="adaptive",
    )


LOSSES: dict[str, Callable[[LossConfig, int, tf.Tensor], RecommendationLoss]] = {
    "adaptive": _adaptive,
    "wr": lambda config, dimension, item_weights: SigmoidWeightedRegression(
        item_weights, config.positive_weight, name="wr"
    ),
    "wr_linear": lambda config, dimension, item_weights: LinearWeightedRegression(
        item_weights, config.positive_weight, name="wr_linear"
    ),
    "bpr": lambda config, dimension, item_weights: BPRLoss(name="bpr"),
    "infobpr": lambda config, dimension, item_weights: InfoBPRLoss(
        config.num_negatives, config.temperature, name="infobpr"
    ),
    "none": lambda config, dimension, item_weights: NoRecommendationLoss(name="none"),
}


def build_loss(
    config: LossConfig, embedding_dimension: int, item_degrees: np.ndarray, num_users: int
) -> RecommendationLoss:
    """Builds the loss named by `config.name`.

    Args:
      config: the objective's settings.
      embedding_dimension: d of the embeddings it will score.
      item_degrees: (V,) training interactions an item.
      num_users: U.

    Raises:
      KeyError: for a name that is not in `LOSSES`.
    """
    item_weights = negative_item_weights(config, item_degrees, num_users)
    return LOSSES[config.name](config, embedding_dimension, item_weights)
