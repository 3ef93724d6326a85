"""Recommendations from an approximate index, with what the exact signature promises besides."""

import numpy as np

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.service.engine.item_search import ItemSearch
from a2bm2gl_tf.service.engine.loaded_export import LoadedExport
from a2bm2gl_tf.service.settings import EngineSettings

# Seen items that a search makes up for; users who have seen more may fall back to exact lists.
_OVERFETCHED = 256
_ROWS_PER_CALL = 4096


def with_approximate_lists(export: LoadedExport, settings: EngineSettings) -> None:
    """Has `recommend` answered by an index over the items of an export.

    Args:
      export: loaded; changed in place.
      settings: kind of the index, threads.

    Raises:
      UserError: faiss is missing, or the export lacks what this needs.
    """
    search = ItemSearch(_item_embeddings(export), settings.faiss_index, settings.threads)
    export.replaced["recommend"] = ApproximateRecommend(export, search)
    export.description.retrieval = f"faiss {settings.faiss_index}"


class ApproximateRecommend:
    """The signature `recommend` by an index.

    A search finds k items and as many more as the users have seen; seen ones are then left out. A
    user who has fewer than k left gets the exact list, and so does an unknown one.

    Args:
      export: for user embeddings, ids, titles, seen items and exact lists.
      search: over its items.
    """

    def __init__(self, export: LoadedExport, search: ItemSearch):
        self._export = export
        self._search = search
        model = export.model
        try:
            self._seen_offsets = model._seen_offsets.numpy()
            self._seen_items = model._seen_items.numpy()
            self._titles = model.item_titles.numpy()
        except AttributeError as error:
            raise UserError(
                f"{export.description.path} does not hold what --retrieval=faiss needs: write it "
                "again with the present version of export.py"
            ) from error
        self._item_ids = model.item_ids.numpy()
        self._user_ids = model.user_ids.numpy()
        self._sorted_users = _sortable(self._user_ids)
        self._user_order = np.argsort(self._sorted_users, kind="stable")
        self._sorted_users = self._sorted_users[self._user_order]

    def __call__(
        self, user_ids: np.ndarray, k: np.ndarray, exclude_seen: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Outputs as the signature's: item_ids, scores, titles (b, K), known (b); K = min(k, V)."""
        places = min(int(k), len(self._item_ids))
        users = self._user_rows(user_ids)
        known = users >= 0
        starts = self._seen_offsets[np.maximum(users, 0)]
        ends = self._seen_offsets[np.maximum(users, 0) + 1]
        if not exclude_seen:
            ends = starts
        most_seen = min(int((ends - starts)[known].max(initial=0)), _OVERFETCHED)
        embeddings = self._export.call_exactly("user_embeddings", user_ids=user_ids)["embeddings"]
        scores, items = self._search.search(
            embeddings, min(places + most_seen, len(self._item_ids))
        )
        rows = np.zeros((len(user_ids), places), np.int64)
        best = np.full((len(user_ids), places), -np.inf, np.float32)
        exact = ~known
        for place in np.flatnonzero(known):
            seen = self._seen_items[starts[place] : ends[place]]
            kept = np.flatnonzero((items[place] >= 0) & ~np.isin(items[place], seen))[:places]
            exact[place] = len(kept) < places
            rows[place, : len(kept)] = items[place, kept]
            best[place, : len(kept)] = scores[place, kept]
        answer = {
            "item_ids": self._item_ids[rows],
            "scores": best,
            "titles": self._titles[rows],
            "known": known,
        }
        if exact.any():
            fallback = self._export.call_exactly(
                "recommend",
                user_ids=user_ids[exact],
                k=np.int32(places),
                exclude_seen=np.bool_(exclude_seen),
            )
            for name, values in fallback.items():
                answer[name][exact] = values
        return answer

    def _user_rows(self, user_ids: np.ndarray) -> np.ndarray:
        """int64 (b,) rows, -1 for an unknown id."""
        wanted = _sortable(user_ids)
        places = np.searchsorted(self._sorted_users, wanted)
        rows = self._user_order[np.minimum(places, len(self._user_order) - 1)]
        # Equal as the ids are spelled: their sortable form drops NULs at the end.
        same = [
            self._user_ids[row] == original for row, original in zip(rows, user_ids, strict=True)
        ]
        return np.where(same, rows, -1) if same else rows


def _sortable(ids: np.ndarray) -> np.ndarray:
    return ids if ids.dtype == np.int64 else ids.astype(bytes)


def _item_embeddings(export: LoadedExport) -> np.ndarray:
    ids = export.model.item_ids.numpy()
    blocks = [
        export.call_exactly("item_embeddings", item_ids=ids[start : start + _ROWS_PER_CALL])
        for start in range(0, len(ids), _ROWS_PER_CALL)
    ]
    return np.concatenate([block["embeddings"] for block in blocks])
