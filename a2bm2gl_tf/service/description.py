"""What the web process knows of the export that the engine has loaded."""

from typing import Literal

import pydantic

IdKind = Literal["integer", "text"]


class ExportDescription(pydantic.BaseModel):
    """Facts that an engine reports once its export is loaded and has passed its checks.

    Attributes:
      version: name of the export's directory.
      path: where it was loaded from.
      num_users, num_items: counts of ids.
      user_ids, item_ids: kind of the ids.
      signatures: names that can be called.
      retrieval: how the best items are found.
      load_seconds: time from the start of the engine until its export was ready.
      loaded_at: when that was, seconds since 1970.
    """

    version: str
    path: str
    num_users: int
    num_items: int
    user_ids: IdKind
    item_ids: IdKind
    signatures: list[str]
    retrieval: str
    load_seconds: float
    loaded_at: float
