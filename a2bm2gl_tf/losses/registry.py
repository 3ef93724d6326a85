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


def negative_item_weights(config: LossConfig, item_degrees: np.ndarray) -> tf.Tensor:
    """c_v of each item as a negative: mean `negative_weight`, proportional to d_v^power.

    Args:
      config: `negative_weight` and `negative_popularity_power`.
      item_degrees: (V,) training interactions an item.

    Returns:
      float32 (V,).
    """
    # An item nobody has met still has to be told apart from the positives.
    weights = np.maximum(item_degrees, 1.0) ** config.negative_popularity_power
    return tf.constant(config.negative_weight * weights / weights.mean(), tf.float32)


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
    config: LossConfig, embedding_dimension: int, item_degrees: np.ndarray
) -> RecommendationLoss:
    """Builds the loss named by `config.name`.

    Args:
      config: the objective's settings.
      embedding_dimension: d of the embeddings it will score.
      item_degrees: (V,) training interactions an item.

    Raises:
      KeyError: for a name that is not in `LOSSES`.
    """
    item_weights = negative_item_weights(config, item_degrees)
    return LOSSES[config.name](config, embedding_dimension, item_weights)
