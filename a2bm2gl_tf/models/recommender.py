"""The interface that every model offers to losses, training, evaluation and serving."""

from typing import NamedTuple

import keras
import tensorflow as tf


class SemanticRepresentation(NamedTuple):
    """One modality's part of the model, for L_sem.

    Attributes:
      items: H, float32 (V, d).
      neighbours: int64 (V, k) kNN lists, -1 for padding.
      edge_weights: float32 (V, k), Eq. 2's beta on the kNN graph, 0 at padding.
    """

    items: tf.Tensor
    neighbours: tf.Tensor
    edge_weights: tf.Tensor


class Representations(NamedTuple):
    """What one forward pass yields.

    Attributes:
      users: E_u, float32 (U, d), the fused representation that scores are taken from.
      items: E_v, float32 (V, d).
      structural_users: E_u^str, float32 (U, d), the collaborative part (for L_str).
      structural_items: E_v^str, float32 (V, d).
      semantic: modality name -> its `SemanticRepresentation`; empty without a semantic part.
      attention_entropy: full-adjacent layer name -> mean entropy in nats, scalar.
    """

    users: tf.Tensor
    items: tf.Tensor
    structural_users: tf.Tensor
    structural_items: tf.Tensor
    semantic: dict[str, SemanticRepresentation]
    attention_entropy: dict[str, tf.Tensor]


class Recommender(keras.Model):
    """A model whose score of user u and item v is the product E_u . E_v.

    Calling it propagates the whole graph and returns `Representations`. A model whose graph depends
    on its weights selects it again in `refresh`.
    """

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Computes the representations of all users and items.

        Args:
          training: applies dropout.
          dropout_seed: int32 (2,), the stateless seed of this step's dropout; the same seed gives
            the same mask, which is what lets a resumed run repeat an uninterrupted one.

        Returns:
          `Representations`.
        """
        raise NotImplementedError

    def refresh(self) -> None:
        """Selects graphs again with the current weights; nothing by default."""

    def state(self) -> list[tf.Variable]:
        """Every variable a checkpoint has to hold, in a fixed order.

        tf.train.Checkpoint follows attributes, and would pass over layers that a Keras model keeps
        in a list.
        """
        return [variable.value for variable in self.variables]

    def embeddings(self) -> tuple[tf.Tensor, tf.Tensor]:
        """The final (E_u, E_v) of inference, float32 (U, d) and (V, d)."""
        representations = self(training=False)
        return representations.users, representations.items
