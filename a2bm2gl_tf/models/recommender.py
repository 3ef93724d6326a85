"""The interface that every model offers to losses, training, evaluation and serving."""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.carried_weights import CarriedWeight
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.explanation import AttendedNeighbours, ItemPart
from a2bm2gl_tf.models.memory_parts import (
    Part,
    Sizes,
    features_part,
    propagation_part,
    table_part,
)
from a2bm2gl_tf.models.new_item_encoder import ContentPart


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
      auxiliary: name -> tensor for the model's own losses alone.
    """

    users: tf.Tensor
    items: tf.Tensor
    structural_users: tf.Tensor
    structural_items: tf.Tensor
    semantic: dict[str, SemanticRepresentation]
    attention_entropy: dict[str, tf.Tensor] = MappingProxyType({})
    auxiliary: dict[str, tf.Tensor] = MappingProxyType({})

    @classmethod
    def of_final(cls, users: tf.Tensor, items: tf.Tensor, **auxiliary) -> "Representations":
        """Those of a model that has nothing but its final embeddings."""
        return cls(users, items, users, items, {}, {}, auxiliary)


# User rows, int (b,), to float32 scores (b, V).
Scorer = Callable[[np.ndarray], np.ndarray]


class Recommender(keras.Model):
    """A model that scores every item for every user.

    Calling it propagates the whole graph and returns `Representations`. The score of user u and
    item v is the product E_u . E_v, but for models without embeddings, which override `scorer` and
    `pair_scores`. A model whose graph depends on its weights selects it again in `refresh`; one
    whose weights, or some of them, have a closed form or a training of their own finds them in
    `solve`.

    Attributes:
      num_users: U.
      num_items: V.
      has_embeddings: whether scores are products of embeddings.
      own_losses: names in `losses.model_losses` of the terms that belong to this model.
      own_settings: the frozen dataclass of the settings that this model alone has, or None.
      trained_by_steps: whether there are gradient steps, with a loss.
    """

    num_users: int
    num_items: int
    has_embeddings: bool = True
    own_losses: tuple[str, ...] = ()
    own_settings: type | None = None
    trained_by_steps: bool = True

    @classmethod
    def memory_parts(cls, sizes: Sizes, config: ModelConfig, training: bool) -> list[Part]:
        """What the model will hold; by default tables, layers and features.

        Args:
          sizes: of the data.
          config: the model's settings.
          training: whether it is trained, or loaded alone.
        """
        nodes, dimension = sizes.users + sizes.items, config.dimension
        return [
            table_part(nodes, dimension, training),
            propagation_part(nodes, dimension, config.num_layers, training),
            features_part(sizes.items, sizes.widths, heads=1),
        ]

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

    def solve(self) -> None:
        """Finds what is not left to gradient steps; called once, before them; nothing by default.

        Raises:
          UserError: where it does not fit the data or the machine.
        """

    def refresh(self, count: int = 0) -> None:
        """Selects graphs again with the current weights; nothing by default.

        A run that was stopped right after it does it again, so it has to come to the same whether
        it is done once or twice: what it draws or advances is a function of `count`.

        Args:
          count: how many selections have gone before; 0 for the one a model begins with.
        """

    @property
    def semantic_kernels(self) -> list[tf.Variable]:
        """The trainable variables that make embeddings of item features; none by default."""
        return []

    def state(self) -> list[tf.Variable]:
        """Every variable a checkpoint has to hold, in a fixed order.

        tf.train.Checkpoint follows attributes, and would pass over layers that a Keras model keeps
        in a list.
        """
        return [variable.value for variable in self.variables]

    @classmethod
    def can_start_warm(cls) -> bool:
        """Whether the model says which of its weights another run can start from."""
        return cls.carried_weights is not Recommender.carried_weights

    def carried_weights(self) -> list[CarriedWeight]:
        """Every trainable variable, with what its rows stand for, so that a run can start from it.

        A model whose weights mean nothing on other data, or that has none, leaves this as it is.

        Raises:
          UserError: for such a model.
        """
        raise UserError(f"--warm_start: model {self.name} cannot start from another run's weights")

    def to_arrays(self) -> list[np.ndarray]:
        """Everything that `from_arrays` needs to make an equal model of one newly built."""
        return [variable.numpy() for variable in self.state()]

    def from_arrays(self, arrays: Sequence[np.ndarray]) -> None:
        """Takes over what `to_arrays` gave.

        Raises:
          ValueError: if number or shapes do not fit.
        """
        for variable, array in zip(self.state(), arrays, strict=True):
            variable.assign(array)

    def embeddings(self) -> tuple[tf.Tensor, tf.Tensor]:
        """The final (E_u, E_v) of inference, float32 (U, d) and (V, d).

        Raises:
          ValueError: for a model that has none.
        """
        if not self.has_embeddings:
            raise ValueError(f"{self.name} scores without embeddings")
        representations = self(training=False)
        return representations.users, representations.items

    def item_parts(self) -> list[ItemPart]:
        """Addends of inference's E_v, which say what a score E_u . E_v is made of.

        By default there is one, E_v itself. The addends sum to E_v up to float32's rounding.

        Raises:
          ValueError: for a model without embeddings.
        """
        return [ItemPart("whole", self.embeddings()[1])]

    def attended_neighbours(self, k: int) -> list[AttendedNeighbours]:
        """The k nodes that each item attends to most, graph by graph; by default no graph."""
        del k
        return []

    def content_part(self) -> ContentPart | None:
        """The summand of E_v that content alone makes; None for a model without one."""
        return None

    def pair_scores(
        self, representations: Representations, users: tf.Tensor, items: tf.Tensor
    ) -> tf.Tensor:
        """Scores of pairs, differentiable.

        Args:
          representations: of one forward pass.
          users: int (n,) user rows.
          items: int (n,) or (n, k) item rows.

        Returns:
          float32, the shape of `items`.
        """
        of_users = tf.gather(representations.users, users)
        of_items = tf.gather(representations.items, items)
        if len(items.shape) == 1:
            return tf.reduce_sum(of_users * of_items, axis=-1)
        return tf.einsum("nd,nkd->nk", of_users, of_items)

    def scorer(self) -> Scorer:
        """Scores of blocks of users by the current weights; what blocks share is computed once."""
        users, items = self.embeddings()
        return lambda rows: tf.matmul(tf.gather(users, rows), items, transpose_b=True).numpy()
