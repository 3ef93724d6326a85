"""Everything that describe.py says of prepared data, as plain numbers."""

import dataclasses

import numpy as np

from a2bm2gl_tf.data.description.concentration import DegreeSummary, summarise_degrees
from a2bm2gl_tf.data.description.content import (
    ModalityCoverage,
    count_repeated_titles,
    count_with_all,
    cover_modality,
)
from a2bm2gl_tf.data.description.leakage import (
    TimeOrder,
    Unseen,
    check_time_order,
    count_pairs_in_several_parts,
    count_repeated_pairs,
    count_unseen,
)
from a2bm2gl_tf.data.description.sizes import Size, degrees, part_size, whole_size
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN
from a2bm2gl_tf.data.preparation.result import PART_NAMES, Prepared


@dataclasses.dataclass(frozen=True)
class FoldDescription:
    """One fold.

    Attributes:
      parts: name of each part -> its size.
      cold_users: users without a training interaction.
      cold_items: items without one.
      untested_users: users without a test interaction; no metric sees them.
      pairs_in_several_parts: pairs of user and item that more than one part has.
      unseen_users: tested users without a training interaction.
      unseen_items: tested items without one.
      time_order: test interactions older than training, or None where there are no times.
    """

    parts: dict[str, Size]
    cold_users: int
    cold_items: int
    untested_users: int
    pairs_in_several_parts: int
    unseen_users: Unseen
    unseen_items: Unseen
    time_order: TimeOrder | None


@dataclasses.dataclass(frozen=True)
class Description:
    """A data set.

    Attributes:
      name: its name.
      split: how it was split.
      size: of the whole.
      user_degrees: interactions a user, all parts.
      item_degrees: interactions an item, all parts; items that never occur count.
      values: least, mean and largest value, or None where there are none.
      times: first and last time, or None.
      modalities: one a modality.
      items_with_all_modalities: items that have each of them, or None where there is none.
      titled_items: items with a title.
      repeated_titles: items whose title an item before them has.
      repeated_pairs: interactions whose pair occurred before.
      folds: one a fold.
    """

    name: str
    split: str
    size: Size
    user_degrees: DegreeSummary
    item_degrees: DegreeSummary
    values: tuple[float, float, float] | None
    times: tuple[int, int] | None
    modalities: tuple[ModalityCoverage, ...]
    items_with_all_modalities: int | None
    titled_items: int
    repeated_titles: int
    repeated_pairs: int
    folds: tuple[FoldDescription, ...]


def describe(prepared: Prepared) -> Description:
    """Describes prepared data, with at least one interaction.

    Args:
      prepared: as `open_prepared` gives it.
    """
    num_users, num_items = len(prepared.user_ids), len(prepared.item_ids)
    titles = prepared.titles or ()
    masks = [modality.present for modality in prepared.modalities]
    return Description(
        name=prepared.record.get("name", ""),
        split=prepared.record.get("split", {}).get("recipe", ""),
        size=whole_size(num_users, num_items, len(prepared.users)),
        user_degrees=summarise_degrees(degrees(prepared.users, num_users)),
        item_degrees=summarise_degrees(degrees(prepared.items, num_items)),
        values=_summarise_values(prepared.values),
        times=_span(prepared.times),
        modalities=tuple(
            cover_modality(modality.name, modality.features, modality.present)
            for modality in prepared.modalities
        ),
        items_with_all_modalities=count_with_all(masks) if masks else None,
        titled_items=sum(title is not None for title in titles),
        repeated_titles=count_repeated_titles(titles),
        repeated_pairs=count_repeated_pairs(prepared.users, prepared.items),
        folds=tuple(_describe_fold(prepared, parts) for parts in prepared.parts),
    )


def _summarise_values(values: np.ndarray | None) -> tuple[float, float, float] | None:
    if values is None:
        return None
    return float(values.min()), float(values.mean(dtype=np.float64)), float(values.max())


def _span(times: np.ndarray | None) -> tuple[int, int] | None:
    return None if times is None else (int(times.min()), int(times.max()))


def _describe_fold(prepared: Prepared, parts: np.ndarray) -> FoldDescription:
    users, items, times = prepared.users, prepared.items, prepared.times
    num_users, num_items = len(prepared.user_ids), len(prepared.item_ids)
    sizes = {
        name: part_size(users, items, parts == part, num_users, num_items)
        for part, name in PART_NAMES.items()
    }
    training, test = PART_NAMES[TRAIN], PART_NAMES[TEST]
    return FoldDescription(
        parts=sizes,
        cold_users=num_users - sizes[training].users,
        cold_items=num_items - sizes[training].items,
        untested_users=num_users - sizes[test].users,
        pairs_in_several_parts=count_pairs_in_several_parts(users, items, parts),
        unseen_users=count_unseen(users, parts, num_users),
        unseen_items=count_unseen(items, parts, num_items),
        time_order=None if times is None else check_time_order(users, times, parts, num_users),
    )
