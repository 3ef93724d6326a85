"""POST /similar: the items most similar to items."""

from a2bm2gl_tf.service.description import ExportDescription, IdKind
from a2bm2gl_tf.service.operations.by_id import ListsById
from a2bm2gl_tf.service.operations.ids import Id
from a2bm2gl_tf.service.operations.ranked import RankedRequest


class SimilarRequest(RankedRequest):
    """{"item_ids": [...], "k": 10}."""

    item_ids: tuple[Id, ...]


class Similar(ListsById):
    """An unknown item has an empty list and known = false."""

    name = "similar"
    signature = "similar_items"
    request = SimilarRequest
    field = "item_ids"
    answer_field = "item_id"

    def kind(self, export: ExportDescription) -> IdKind:
        """Of item ids."""
        return export.item_ids
