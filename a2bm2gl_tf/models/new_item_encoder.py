"""The interface by which a model embeds items that were not there in training."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf


class NewItemEncoder(tf.Module):
    """From scaled features to item embeddings.

    Attributes:
      modalities: names of the modalities it takes, in the order of its arguments.
      widths: feature width f of each.
    """

    modalities: tuple[str, ...]
    widths: tuple[int, ...]

    def __call__(self, features: Sequence[tf.Tensor], present: Sequence[tf.Tensor]) -> tf.Tensor:
        """Embeds new items.

        Args:
          features: float32 (b, f) of each modality, scaled as in training.
          present: bool (b,) of each; rows that are not present count for nothing.

        Returns:
          float32 (b, d).
        """
        raise NotImplementedError


class ContentPart(NamedTuple):
    """What of a model's item embeddings comes from content alone.

    Attributes:
      encoder: that part of new items.
      items: that part of the known items, float32 (V, d); their embeddings hold it as a summand.
    """

    encoder: NewItemEncoder
    items: np.ndarray
