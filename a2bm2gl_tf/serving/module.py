"""The graph side of serving: lookups and rankings as tf.functions over exported embeddings."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.evaluation.grouped_top_k import grouped_top_k, mask_places
from a2bm2gl_tf.serving.explanation import ExplanationIndex
from a2bm2gl_tf.serving.explanation_graph import ExplanationModule
from a2bm2gl_tf.serving.fold_in_graph import (
    fold_in_function,
    listed_items,
    penalty_variable,
    places_of_lists,
    solve_fold_in,
)
from a2bm2gl_tf.serving.index import EmbeddingIndex
from a2bm2gl_tf.serving.new_items import NewItems, new_item_functions
from a2bm2gl_tf.serving.served_index import ServedIndex

DEFAULT_K = 10


class ServingModule(ServedIndex):
    """Recommendation, scoring, similarity and embedding lookup by original id.

    Ids go in and come out as the data spells them, int64 or UTF-8 string. One bad id never fails a
    batch: `known` is False in its place. Conventions of the outputs:

    - ties go to the item in the lower row, as in tf.math.top_k;
    - an empty place (fewer than k items to offer) has score -inf, item id -1 or "", title "";
    - k above the number of items V counts as V; k below 1 is an InvalidArgumentError;
    - an unknown user gets the most popular items, scored by how many users have seen each;
    - users are folded in from lists of items padded with -1 or "", in which unknown ids count for
      nothing and an id given twice counts once; a list without a known id is an unknown user;
    - an unknown item has no similar items: all its places are empty;
    - an item that was not there in training is embedded from its features, as the data has them,
      where the model can (`embed_items`, `score_new_items`); a row of zeros is an item without the
      modality, and one without any modality has a zero embedding;
    - an unknown pair scores 0, an unknown id has a zero embedding;
    - `explain` says of pairs what their scores are made of: `contributions` (n, P) of the parts
      `part_names` (P), which sum to `scores`; the 5 nodes that the item attends to most in each
      graph of `graph_names` (G), as `neighbour_kinds` ("item", "user", or "" for an empty place),
      `neighbour_ids` (texts), `neighbour_titles` and `neighbour_weights` (n, G, 5), shares of all
      its attention; the 5 of the user's seen items most similar to it by cosine, as
      `own_item_ids`, `own_titles` and `own_similarities` (n, 5), itself left out. An unknown pair
      has contributions 0 and empty places alone. `explain_fold_in` does it for users who are given
      as embeddings and lists of items, as in `fold_in`. Both are there where the export was
      written with explanations.

    A request of b ids takes O(b V) memory; nothing of that size is kept.

    Args:
      index: what to serve.
      explanation: why its items are recommended; None leaves `explain` out.
    """

    def __init__(self, index: EmbeddingIndex, explanation: ExplanationIndex | None = None):
        super().__init__(index)
        penalty = index.fold_in_weights.penalty(index.item_embeddings)
        self._fold_in_penalty = penalty_variable(penalty)
        self._declare_functions()
        self._explained = None
        if explanation is not None:
            self._explained = ExplanationModule(self, explanation)
            self.explain = self._explained.explain
            self.explain_fold_in = self._explained.explain_fold_in
        self._new_items = index.new_items
        self._new_item_signatures = {}
        if index.new_items is not None:
            self._declare_new_items(index.new_items)

    def signatures(self) -> dict[str, Callable]:
        """The tf.functions to export, by signature name.

        `serving_default` is `recommend` again: the name a server calls when it is given none.
        """
        return {
            "serving_default": self.recommend,
            "recommend": self.recommend,
            "fold_in": self.fold_in,
            "similar_items": self.similar_items,
            "score": self.score,
            "embeddings": self.embeddings,
            "user_embeddings": self.user_embeddings,
            "item_embeddings": self.item_embeddings,
            **self._new_item_signatures,
            **({} if self._explained is None else self._explained.signatures()),
        }

    def _declare_new_items(self, new_items: NewItems) -> None:
        functions = new_item_functions(
            new_items,
            self.user_ids.dtype,
            self.embedded_users,
        )
        for name, (function, signature) in functions.items():
            setattr(self, name, function)
            self._new_item_signatures[name] = signature

    def _declare_functions(self) -> None:
        users = tf.TensorSpec([None], self.user_ids.dtype, name="user_ids")
        items = tf.TensorSpec([None], self.item_ids.dtype, name="item_ids")
        count = tf.TensorSpec([], tf.int32, name="k")
        flag = tf.TensorSpec([], tf.bool, name="exclude_seen")
        # A signature records the defaults of its inputs only where they are tensors.
        default_k = tf.constant(DEFAULT_K, tf.int32)
        default_exclude_seen = tf.constant(True)

        @tf.function(input_signature=[users, count, flag])
        def recommend(user_ids, k=default_k, exclude_seen=default_exclude_seen):
            return self._recommend(user_ids, k, exclude_seen)

        @tf.function(input_signature=[items, count])
        def similar_items(item_ids, k=default_k):
            return self._similar_items(item_ids, k)

        @tf.function(input_signature=[users, items])
        def score(user_ids, item_ids):
            return self._score(user_ids, item_ids)

        @tf.function(input_signature=[users, items])
        def embeddings(user_ids, item_ids):
            user_rows, user_known = self.embedded_users(user_ids)
            item_rows, item_known = self._embed_items(item_ids)
            return {
                "user_embeddings": user_rows,
                "user_known": user_known,
                "item_embeddings": item_rows,
                "item_known": item_known,
            }

        @tf.function(input_signature=[users])
        def user_embeddings(user_ids):
            rows, known = self.embedded_users(user_ids)
            return {"embeddings": rows, "known": known}

        @tf.function(input_signature=[items])
        def item_embeddings(item_ids):
            rows, known = self._embed_items(item_ids)
            return {"embeddings": rows, "known": known}

        self.recommend = recommend
        self.fold_in = fold_in_function(
            self._fold_in, self.item_ids.dtype, default_k, default_exclude_seen
        )
        self.similar_items = similar_items
        self.score = score
        self.embeddings = embeddings
        self.user_embeddings = user_embeddings
        self.item_embeddings = item_embeddings

    def _recommend(self, user_ids: tf.Tensor, k: tf.Tensor, exclude_seen: tf.Tensor) -> dict:
        rows, known = self.find_users(user_ids)
        scores = tf.matmul(tf.gather(self._users, rows), self._items, transpose_b=True)
        scores = tf.where(known[:, tf.newaxis], scores, self._popularity[tf.newaxis, :])
        seen = self._seen(rows, known & exclude_seen)
        excluded = tf.stack([seen.value_rowids(), seen.values], axis=1)
        return self._best(mask_places(scores, excluded), k, known)

    def _fold_in(self, item_ids: tf.Tensor, k: tf.Tensor, exclude_seen: tf.Tensor) -> dict:
        rows, counted = listed_items(self._item_rows, item_ids, self._no_item)
        known = tf.reduce_any(counted, axis=1)
        users = solve_fold_in(self._items, self._fold_in_penalty, rows, counted)
        scores = tf.matmul(users, self._items, transpose_b=True)
        scores = tf.where(known[:, tf.newaxis], scores, self._popularity[tf.newaxis, :])
        scores = mask_places(scores, places_of_lists(rows, counted & exclude_seen))
        return {**self._best(scores, k, known), "user_embeddings": users}

    def _similar_items(self, item_ids: tf.Tensor, k: tf.Tensor) -> dict:
        rows, known = self.find_items(item_ids)
        inverse_norms = tf.convert_to_tensor(self._inverse_norms)
        queries = tf.gather(self._items, rows) * tf.gather(inverse_norms, rows)[:, tf.newaxis]
        scores = tf.matmul(queries, self._items, transpose_b=True) * inverse_norms
        own = tf.stack([tf.range(tf.size(rows, tf.int64)), rows], axis=1)
        scores = mask_places(scores, own)
        scores = tf.where(known[:, tf.newaxis], scores, -np.inf)
        return self._best(scores, k, known)

    def _score(self, user_ids: tf.Tensor, item_ids: tf.Tensor) -> dict:
        same_length = tf.debugging.assert_equal(
            tf.size(user_ids), tf.size(item_ids), "user_ids and item_ids differ in length"
        )
        # Ordered after the check, or the product's own shape error may be raised first.
        with tf.control_dependencies([same_length]):
            item_ids = tf.identity(item_ids)
        users, users_known = self.embedded_users(user_ids)
        items, items_known = self._embed_items(item_ids)
        return {"scores": tf.reduce_sum(users * items, axis=1), "known": users_known & items_known}

    def _best(self, scores: tf.Tensor, k: tf.Tensor, known: tf.Tensor) -> dict:
        # Ordered after the check, or top_k's own complaint about a negative k may be raised first.
        with tf.control_dependencies([tf.debugging.assert_positive(k, "k must be at least 1")]):
            places = tf.minimum(k, tf.shape(scores)[1])
        best, rows = grouped_top_k(scores, places)
        item_ids, titles = self.named_items(rows, tf.math.is_inf(best))
        return {"item_ids": item_ids, "scores": best, "titles": titles, "known": known}
