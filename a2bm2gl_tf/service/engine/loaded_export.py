"""A SavedModel in memory: its signatures called with arrays, checked before it is served."""

import functools
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.service.description import ExportDescription, IdKind
from a2bm2gl_tf.service.engine.name_search import NameSearch
from a2bm2gl_tf.service.operations.ids import id_array, plain_value
from a2bm2gl_tf.serving.recommend import load_export


class LoadedExport:
    """An export whose signatures take and give arrays by name.

    Args:
      path: the export directory.
      started: time.monotonic() when loading began.

    Raises:
      UserError: `path` is no export, or cannot be loaded.
    """

    def __init__(self, path: Path, started: float):
        # The module has to live as long as its signatures: it owns their variables.
        self.model = load_export(path)
        self.functions = dict(self.model.signatures)
        # Answers that are found by other means than the signature of their name.
        self.replaced: dict[str, Callable[..., dict[str, np.ndarray]]] = {}
        self.description = ExportDescription(
            version=path.name,
            path=str(path),
            num_users=int(self.model.user_ids.shape[0]),
            num_items=int(self.model.item_ids.shape[0]),
            user_ids=_kind(self.model.user_ids),
            item_ids=_kind(self.model.item_ids),
            signatures=sorted(self.functions),
            retrieval="exact",
            load_seconds=time.monotonic() - started,
            loaded_at=time.time(),
        )

    def call(self, signature: str, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Calls a signature.

        Args:
          signature: its name.
          **inputs: arrays of the dtypes that the signature takes; texts are bytes in object arrays.

        Returns:
          Its outputs by name.
        """
        if signature in self.replaced:
            return self.replaced[signature](**inputs)
        return self.call_exactly(signature, **inputs)

    def call_exactly(self, signature: str, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        """As `call`, always by the signature itself."""
        function = self.functions[signature]
        outputs = function(**{name: tf.constant(value) for name, value in inputs.items()})
        return {name: output.numpy() for name, output in outputs.items()}

    def search(self, among: str, text: str, limit: int) -> list[tuple[int | str, str]]:
        """Users by id, items by id or title.

        Args:
          among: "users" or "items".
          text: a piece, without regard to case.
          limit: results at most.

        Returns:
          Original ids and titles; see `NameSearch.find`.
        """
        search = self._users_by_name if among == "users" else self._items_by_name
        return search.find(text, limit)

    @functools.cached_property
    def _users_by_name(self) -> NameSearch:
        ids = _plain(self.model.user_ids)
        return NameSearch(ids, [""] * len(ids))

    @functools.cached_property
    def _items_by_name(self) -> NameSearch:
        ids = _plain(self.model.item_ids)
        # Exports of earlier versions keep their titles to themselves.
        titles = getattr(self.model, "item_titles", None)
        return NameSearch(ids, [""] * len(ids) if titles is None else _plain(titles))


def check_export(export: LoadedExport, k: int = 10) -> None:
    """Asks an export for lists and refuses it where they are not lists; this also warms it up.

    Args:
      export: what was loaded.
      k: places a list.

    Raises:
      UserError: an answer is missing, incomplete or not finite.
    """
    description = export.description
    users = export.model.user_ids[:4].numpy()
    items = export.model.item_ids[:4].numpy()
    path = description.path
    # Several times and for several sizes, because TensorFlow plans its memory as it runs.
    for rows in (1, 2, 4, 1, 1):
        recommended = export.call(
            "recommend", user_ids=users[:rows], k=np.int32(k), exclude_seen=np.bool_(False)
        )
        _check_lists(recommended, len(users[:rows]), min(k, description.num_items), path)
        export.call("recommend", user_ids=users[:rows], k=np.int32(k), exclude_seen=np.bool_(True))
        similar = export.call("similar_items", item_ids=items[:rows], k=np.int32(1))
        _check_lists(similar, len(items[:rows]), 1, path, may_be_empty=description.num_items == 1)
        if "fold_in" in export.functions:
            export.call(
                "fold_in",
                item_ids=items[np.newaxis, :rows],
                k=np.int32(k),
                exclude_seen=np.bool_(True),
            )
    unknown = id_array(
        ["\x00 nobody"] if description.user_ids == "text" else [-(2**63)], _kind(users)
    )
    export.call("recommend", user_ids=unknown, k=np.int32(k), exclude_seen=np.bool_(True))


def _check_lists(
    answer: dict[str, np.ndarray], rows: int, places: int, path: str, *, may_be_empty: bool = False
) -> None:
    scores = answer["scores"]
    if scores.shape != (rows, places) or not answer["known"].all():
        raise UserError(f"{path} does not find its own ids: export it again")
    if not may_be_empty and not np.isfinite(scores).all():
        raise UserError(f"{path} gives scores that are not finite: export it again")
    if not (np.diff(scores, axis=1) <= 0).all():
        raise UserError(f"{path} gives lists that are not sorted: export it again")


def _plain(values: tf.Variable) -> list[int | str]:
    return [plain_value(value) for value in values.numpy().tolist()]


def _kind(ids: tf.Variable | np.ndarray) -> IdKind:
    return "integer" if ids.dtype in (tf.int64, np.int64) else "text"
