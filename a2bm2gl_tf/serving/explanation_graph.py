"""The graph side of explanations: `ExplanationIndex` as tf.functions of a serving module."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.serving.explanation import OWN_ITEMS, ExplanationIndex
from a2bm2gl_tf.serving.served_index import ServedIndex


class ExplanationModule(tf.Module):
    """The signatures `explain` and `explain_fold_in`, and the variables they take.

    Args:
      served: the module that they become signatures of.
      explanation: what to export.
    """

    def __init__(self, served: ServedIndex, explanation: ExplanationIndex):
        super().__init__(name="explanation")
        self._served = served
        self._num_users = len(explanation.index.user_ids)
        self._parts = tf.Variable(explanation.parts, trainable=False, name="parts")
        self._scales = tf.Variable(explanation.part_scales, trainable=False, name="part_scales")
        self._nodes = tf.Variable(explanation.neighbour_nodes, trainable=False, name="nodes")
        self._weights = tf.Variable(explanation.neighbour_weights, trainable=False, name="weights")
        self._part_names = _text_constant(explanation.part_names)
        self._graph_names = _text_constant(explanation.graph_names)
        self._declare_functions(explanation.index.user_embeddings.shape[1])

    def signatures(self) -> dict[str, Callable]:
        """The tf.functions by name."""
        return {"explain": self.explain, "explain_fold_in": self.explain_fold_in}

    def _declare_functions(self, width: int) -> None:
        served = self._served
        users = tf.TensorSpec([None], served.user_ids.dtype, name="user_ids")
        items = tf.TensorSpec([None], served.item_ids.dtype, name="item_ids")
        lists = tf.TensorSpec([None, None], served.item_ids.dtype, name="own_item_ids")
        rows = tf.TensorSpec([None, width], tf.float32, name="user_embeddings")

        @tf.function(input_signature=[users, items])
        def explain(user_ids, item_ids):
            same_length = tf.debugging.assert_equal(
                tf.size(user_ids), tf.size(item_ids), "user_ids and item_ids differ in length"
            )
            # Ordered after the check, or an error about shapes may be raised first.
            with tf.control_dependencies([same_length]):
                user_ids = tf.identity(user_ids)
            embeddings, known = served.embedded_users(user_ids)
            return self._explain(embeddings, known, item_ids, served.items_seen_by(user_ids))

        @tf.function(input_signature=[rows, items, lists])
        def explain_fold_in(user_embeddings, item_ids, own_item_ids):
            lengths = tf.stack([tf.shape(user_embeddings)[0], tf.shape(own_item_ids)[0]])
            same_length = tf.debugging.assert_equal(
                lengths,
                tf.size(item_ids),
                "user_embeddings, item_ids and own_item_ids differ in length",
            )
            with tf.control_dependencies([same_length]):
                item_ids = tf.identity(item_ids)
                user_embeddings = tf.identity(user_embeddings)
            own = served.listed_items(own_item_ids)
            return self._explain(user_embeddings, tf.ones_like(item_ids, tf.bool), item_ids, own)

        self.explain = explain
        self.explain_fold_in = explain_fold_in

    def _explain(
        self, users: tf.Tensor, known: tf.Tensor, item_ids: tf.Tensor, own: tf.RaggedTensor
    ) -> dict[str, tf.Tensor]:
        """Explains pairs of users, float32 (n, d), and items, (n,).

        `own` has the int64 rows of each user's items.
        """
        rows, items_known = self._served.find_items(item_ids)
        known = known & items_known
        users = tf.where(known[:, tf.newaxis], users, 0.0)
        items, inverse_norms = self._served.embedded_items(rows)
        scores = tf.reduce_sum(users * items, axis=1)
        parts = tf.cast(tf.gather(self._parts, rows), tf.float32)
        parts *= tf.gather(self._scales, rows)[:, :, tf.newaxis]
        others = tf.einsum("nd,npd->np", users, parts)
        rest = scores - tf.reduce_sum(others, axis=1)
        directions = items * inverse_norms[:, tf.newaxis]
        return {
            "known": known,
            "scores": scores,
            "contributions": tf.concat([rest[:, tf.newaxis], others], axis=1),
            "part_names": tf.identity(self._part_names),
            "graph_names": tf.identity(self._graph_names),
            **self._neighbours(rows, known),
            **self._own_items(rows, known, directions, own),
        }

    def _neighbours(self, rows: tf.Tensor, known: tf.Tensor) -> dict[str, tf.Tensor]:
        known = known[:, tf.newaxis, tf.newaxis]
        nodes = tf.where(known, tf.gather(self._nodes, rows), -1)
        is_item = nodes >= self._num_users
        is_user = (nodes >= 0) & ~is_item
        item_ids, titles = self._served.named_items(
            tf.maximum(nodes - self._num_users, 0), tf.logical_not(is_item)
        )
        user_ids = tf.gather(self._served.user_ids, tf.clip_by_value(nodes, 0, self._num_users - 1))
        ids = tf.where(is_item, _as_text(item_ids), tf.where(is_user, _as_text(user_ids), ""))
        return {
            "neighbour_kinds": tf.where(is_item, "item", tf.where(is_user, "user", "")),
            "neighbour_ids": ids,
            "neighbour_titles": titles,
            "neighbour_weights": tf.where(known, tf.gather(self._weights, rows), 0.0),
        }

    def _own_items(
        self, rows: tf.Tensor, known: tf.Tensor, directions: tf.Tensor, own: tf.RaggedTensor
    ) -> dict[str, tf.Tensor]:
        """The user's items of largest cosine with the item, which has the unit row `directions`."""
        pairs = own.value_rowids()
        counted = tf.gather(known, pairs) & (own.values != tf.gather(rows, pairs))
        own_rows, pairs = tf.boolean_mask(own.values, counted), tf.boolean_mask(pairs, counted)
        embeddings, inverse_norms = self._served.embedded_items(own_rows)
        cosines = tf.reduce_sum(embeddings * tf.gather(directions, pairs), axis=1) * inverse_norms

        def in_places(values: tf.Tensor, fill: tf.Tensor) -> tf.Tensor:
            ragged = tf.RaggedTensor.from_value_rowids(values, pairs, tf.size(rows, tf.int64))
            # top_k needs as many places as it is to give.
            padding = [[0, 0], [0, OWN_ITEMS]]
            return tf.pad(ragged.to_tensor(fill), padding, constant_values=fill)

        best, order = tf.math.top_k(in_places(cosines, tf.constant(-np.inf)), OWN_ITEMS)
        chosen = tf.gather(in_places(own_rows, tf.constant(0, tf.int64)), order, batch_dims=1)
        ids, titles = self._served.named_items(chosen, tf.math.is_inf(best))
        return {"own_item_ids": ids, "own_titles": titles, "own_similarities": best}


def _text_constant(texts: tuple[str, ...]) -> tf.Tensor:
    return tf.constant(np.array(texts, dtype=object), tf.string)


def _as_text(ids: tf.Tensor) -> tf.Tensor:
    return ids if ids.dtype == tf.string else tf.strings.as_string(ids)
