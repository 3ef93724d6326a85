"""What a model looks like inside: score and boundary distributions, attention entropy."""

import dataclasses

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.losses.recommendation import RecommendationLoss
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.batches import UserBatches

# Users whose scores are drawn; enough for smooth histograms and few enough for memory.
_SAMPLED_USERS = 256
# TensorBoard's histogram takes 240 bytes a value while it counts; a million draw the same picture.
_MOST_VALUES = 1_000_000


@dataclasses.dataclass(frozen=True)
class Diagnostics:
    """Values to draw at one step.

    Attributes:
      histograms: name -> 1-d array.
      scalars: name -> number.
    """

    histograms: dict[str, np.ndarray]
    scalars: dict[str, float]


def diagnose(
    model: Recommender, loss: RecommendationLoss, batches: UserBatches, sample: np.ndarray
) -> Diagnostics:
    """Computes the distributions of section 4.5.2 on a fixed sample of users.

    Args:
      model: the model as it stands.
      loss: gives the boundaries, where it has any.
      batches: gives the users' interactions.
      sample: int (s,), the users to look at; see `sample_users`.

    Returns:
      Score histograms of interacted and other items (at most a million values each), B_u^up and
      B_u^low, and the mean entropy of each full-adjacent layer's attention in nats.
    """
    representations = model(training=False)
    batch = batches.of_users(sample)
    users = tf.gather(representations.users, batch.users)
    if model.has_embeddings:
        scores = tf.matmul(users, representations.items, transpose_b=True).numpy()
    else:
        scores = model.scorer()(sample)
    positive = np.zeros(scores.shape, bool)
    positive[batch.edge_users.numpy(), batch.edge_items.numpy()] = True
    histograms = {
        "scores/positive": _thinned(scores[positive]),
        "scores/negative": _thinned(scores[~positive]),
    }
    scalars = {
        f"attention_entropy/{name}": float(entropy)
        for name, entropy in representations.attention_entropy.items()
    }
    boundaries = loss.boundaries(users, representations.items, batch)
    if boundaries is not None:
        upper, lower = (values.numpy() for values in boundaries)
        histograms |= {"boundaries/upper": upper, "boundaries/lower": lower}
        scalars["boundaries/mean_gap"] = float(np.mean(upper - lower))
    return Diagnostics(histograms, scalars)


def _thinned(values: np.ndarray) -> np.ndarray:
    """Every n-th of the values, n the least that leaves at most `_MOST_VALUES`."""
    return values[:: -(-len(values) // _MOST_VALUES) or 1]


def sample_users(users_with_interactions: np.ndarray, seed: int) -> np.ndarray:
    """A fixed, sorted sample of user rows for `diagnose`."""
    size = min(_SAMPLED_USERS, len(users_with_interactions))
    chosen = np.random.default_rng(seed).choice(users_with_interactions, size, replace=False)
    return np.sort(chosen)
