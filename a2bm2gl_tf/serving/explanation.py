"""Why items are recommended: the parts of their scores, and the neighbours that they attend to."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from a2bm2gl_tf.models.explanation import AttendedNeighbours, ItemPart
from a2bm2gl_tf.serving.index import EmbeddingIndex, Ids, find_rows

# Neighbours of an item in one graph, and a user's own items, that an explanation names.
NEIGHBOURS = 5
OWN_ITEMS = 5


@dataclasses.dataclass(frozen=True)
class Explained:
    """Answers for n pairs of a user and an item, in numpy.

    Attributes:
      known: bool (n,).
      scores: float32 (n,), 0 for an unknown pair.
      contributions: float32 (n, P), which sum to `scores` up to float32's rounding.
      neighbours: n x G lists of (kind, id, weight), kind "item" or "user".
      own_items: n lists of (id, cosine).
    """

    known: np.ndarray
    scores: np.ndarray
    contributions: np.ndarray
    neighbours: list[list[list[tuple[str, int | str, float]]]]
    own_items: list[list[tuple[int | str, float]]]


@dataclasses.dataclass(frozen=True)
class ExplanationIndex:
    """Named addends of the items' embeddings, and whom items attend to.

    The first of P parts is what the others leave of E_v, so that contributions sum to the score
    whatever the precision of the others: whole numbers of 16 bits times a scale for each item and
    part, 2 (P - 1) (d + 2) bytes an item. `explain` answers in numpy what the signature answers in
    TensorFlow.

    Attributes:
      index: what is explained.
      part_names: P names.
      parts: int16 (V, P - 1, d), all parts but the first, in units of their scale.
      part_scales: float32 (V, P - 1).
      graph_names: G names.
      neighbour_nodes: int32 (V, G, NEIGHBOURS), users 0 to U - 1, items U to U + V - 1, -1 where
        there are fewer.
      neighbour_weights: float32 (V, G, NEIGHBOURS), shares of the item's attention, 0 there.
    """

    index: EmbeddingIndex
    part_names: tuple[str, ...]
    parts: np.ndarray
    part_scales: np.ndarray
    graph_names: tuple[str, ...]
    neighbour_nodes: np.ndarray
    neighbour_weights: np.ndarray

    @classmethod
    def of_parts(
        cls,
        index: EmbeddingIndex,
        parts: Sequence[ItemPart],
        attended: Sequence[AttendedNeighbours],
    ) -> "ExplanationIndex":
        """Takes what a model says of itself, of `item_parts` and `attended_neighbours(NEIGHBOURS)`.

        Raises:
          ValueError: the parts do not sum to the items' embeddings.
        """
        num_items, dimension = index.item_embeddings.shape
        total = np.zeros((num_items, dimension), np.float64)
        scaled = np.zeros((num_items, len(parts) - 1, dimension), np.int16)
        scales = np.zeros((num_items, len(parts) - 1), np.float32)
        for place, part in enumerate(parts, start=-1):
            rows = np.asarray(part.embeddings)
            total += rows
            if place >= 0:
                scaled[:, place], scales[:, place] = _rounded(rows)
        largest = np.abs(index.item_embeddings).max()
        if not np.allclose(total, index.item_embeddings, rtol=0, atol=1e-4 * largest):
            raise ValueError("the parts do not sum to the items' embeddings")
        nodes = np.zeros((num_items, len(attended), NEIGHBOURS), np.int32)
        weights = np.zeros(nodes.shape, np.float32)
        for place, graph in enumerate(attended):
            nodes[:, place], weights[:, place] = graph.nodes, graph.weights
        return cls(
            index,
            tuple(part.name for part in parts),
            scaled,
            scales,
            tuple(graph.graph for graph in attended),
            nodes,
            weights,
        )

    def explain(self, user_ids: Ids, item_ids: Ids) -> Explained:
        """What scores of pairs are made of.

        Args:
          user_ids: (n,) original ids.
          item_ids: (n,) original ids.
        """
        users, known = find_rows(self.index.user_ids, user_ids)
        own = [self.index.seen[row].indices for row in users]
        return self._explain(self.index.user_embeddings[users], known, item_ids, own)

    def explain_fold_in(
        self, user_embeddings: np.ndarray, item_ids: Ids, own_item_ids: Sequence[Ids]
    ) -> Explained:
        """The same for users who were not there in training.

        Args:
          user_embeddings: float32 (n, d).
          item_ids: (n,) original ids.
          own_item_ids: n lists of original ids, as in `EmbeddingIndex.fold_in`.
        """
        known = np.ones(len(user_embeddings), bool)
        own = self.index.listed_rows(own_item_ids)
        return self._explain(user_embeddings, known, item_ids, own)

    def _explain(
        self,
        users: np.ndarray,
        users_known: np.ndarray,
        item_ids: Ids,
        own: Sequence[np.ndarray],
    ) -> Explained:
        items, items_known = find_rows(self.index.item_ids, item_ids)
        known = users_known & items_known
        scores = np.sum(users * self.index.item_embeddings[items], axis=1)
        parts = self.parts[items].astype(np.float32) * self.part_scales[items][:, :, None]
        others = np.einsum("nd,npd->np", users, parts)
        rest = scores - others.sum(axis=1)
        contributions = np.column_stack([rest, others]).astype(np.float32)
        return Explained(
            known,
            np.where(known, scores, np.float32(0)),
            np.where(known[:, None], contributions, np.float32(0)),
            [
                self._neighbours_of(item) if there else [[] for _ in self.graph_names]
                for item, there in zip(items, known, strict=True)
            ],
            [
                self._most_alike(item, rows) if there else []
                for item, rows, there in zip(items, own, known, strict=True)
            ],
        )

    def _neighbours_of(self, item: int) -> list[list[tuple[str, int | str, float]]]:
        user_ids, item_ids = self.index.user_ids.tolist(), self.index.item_ids.tolist()
        named = [("user", original) for original in user_ids]
        named += [("item", original) for original in item_ids]
        return [
            [
                (*named[node], weight)
                for node, weight in zip(nodes, weights, strict=True)
                if node >= 0
            ]
            for nodes, weights in zip(
                self.neighbour_nodes[item].tolist(),
                self.neighbour_weights[item].tolist(),
                strict=True,
            )
        ]

    def _most_alike(self, item: int, own: np.ndarray) -> list[tuple[int | str, float]]:
        own = own[own != item]
        rows = self.index.item_embeddings
        norms = np.linalg.norm(rows, axis=1)
        scale = np.where(norms > 0, 1 / np.where(norms > 0, norms, 1), 0)
        cosines = (rows[own] @ rows[item]) * scale[own] * scale[item]
        best = np.argsort(-cosines, kind="stable")[:OWN_ITEMS]
        ids = self.index.item_ids.tolist()
        return [(ids[own[place]], float(cosines[place])) for place in best]


def _rounded(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Float32 (V, d) as whole numbers of 16 bits, and the unit of each row, 0 for a zero row."""
    steps = np.iinfo(np.int16).max
    # In float64: the unit of a row of tiny numbers has no inverse in float32.
    units = np.abs(rows).max(axis=1, keepdims=True).astype(np.float64) / steps
    whole = np.divide(rows, units, out=np.zeros(rows.shape), where=units > 0)
    return np.rint(whole).astype(np.int16), units[:, 0].astype(np.float32)
