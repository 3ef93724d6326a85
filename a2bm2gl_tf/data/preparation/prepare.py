"""From raw data to prepared data: filters, catalogue, split and features, in this order."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.data.features.content import Content, Texts
from a2bm2gl_tf.data.features.encoding import encode
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.features.scaled_encoding import scale_encoded
from a2bm2gl_tf.data.formats.raw import RawData
from a2bm2gl_tf.data.preparation.align import Aligned, align_contents
from a2bm2gl_tf.data.preparation.filter_chain import apply_filters
from a2bm2gl_tf.data.preparation.given_split import has_test_data
from a2bm2gl_tf.data.preparation.input_files import portable
from a2bm2gl_tf.data.preparation.layout import is_modality_name
from a2bm2gl_tf.data.preparation.preparation_options import PreparationOptions
from a2bm2gl_tf.data.preparation.records import compact, items_present
from a2bm2gl_tf.data.preparation.result import Prepared
from a2bm2gl_tf.data.preparation.splits import options_used, split_interactions
from a2bm2gl_tf.errors import UserError

# A text of one of these names is what people call the items by.
_TITLES = ("title", "titles")


def prepare(raw: RawData, source: Path, options: PreparationOptions) -> Prepared:
    """Filters, splits and encodes raw data.

    An item stays in the catalogue if it has a record left, or never had one and no `item_core` is
    asked for. The result does not depend on the order of the records, but for which of several
    records of a user and item without times gives the value.

    Args:
      raw: the data; its contents have different names.
      source: the path it was read from, for messages.
      options: see `PreparationOptions`.

    Returns:
      The prepared data. Its record holds "reading", "filters", "split", "policies" and
      "modalities"; what is known of the files is up to the caller.

    Raises:
      UserError: naming the flag or file that is to be changed.
    """
    _check_contents(raw, options)
    split = options.split or default_split(raw)
    if len(raw.interactions) == 0:
        raise UserError(f"{source}: holds no interaction; check --input")
    interactions, filters = apply_filters(raw, options, split)
    never_seen = ~items_present(raw.interactions) & (options.item_core <= 1)
    if options.num_items is not None:
        never_seen[:] = False
    compacted = compact(interactions, items_present(interactions) | never_seen)
    known = [raw.interactions.item_ids, *([] if raw.left_out is None else [raw.left_out])]
    left_out = np.setdiff1d(np.concatenate(known), compacted.item_ids)
    item_ids, aligned = align_contents(
        raw.contents,
        compacted.item_ids,
        left_out,
        source,
        missing_features=options.missing_features,
        extra_items=options.extra_items,
    )
    rows = np.searchsorted(item_ids, compacted.item_ids).astype(np.int32)
    numbered = dataclasses.replace(compacted, item_ids=item_ids, items=rows[compacted.items])
    partition = split_interactions(split, numbered, options.split_options)
    modalities, statistics, records = _encode(aligned, len(item_ids), options)
    record = {
        "reading": {name: int(number) for name, number in raw.counts.items()},
        "filters": filters,
        "split": {
            "name": split,
            "recipe": partition.recipe,
            "seed": options.split_options.seed,
            **options_used(split, options.split_options),
        },
        "policies": {
            "missing_features": options.missing_features,
            "extra_items": options.extra_items,
            "items_added": len(item_ids) - len(compacted.item_ids),
        },
        "modalities": records,
    }
    return Prepared(
        user_ids=numbered.user_ids,
        item_ids=item_ids,
        users=numbered.users,
        items=numbered.items,
        parts=partition.parts,
        values=numbered.values,
        times=numbered.times,
        titles=_titles(raw, item_ids),
        modalities=modalities,
        statistics=statistics,
        record=record,
    )


def default_split(raw: RawData) -> str:
    """The split of data if none is asked for: "given" where it comes split, else "ratio"."""
    return "given" if has_test_data(raw.interactions) else "ratio"


def _check_contents(raw: RawData, options: PreparationOptions) -> None:
    names = [content.name for content in raw.contents]
    for name in names:
        if not is_modality_name(name):
            raise UserError(
                f"--content={name}=...: give a name of at most 64 letters, digits and underscores "
                "that does not end in _mask"
            )
        if names.count(name) > 1:
            raise UserError(f"--content={name}=...: two contents are called {name}; rename one")
    for name in options.require_content:
        if not names:
            raise UserError(
                f"--require_content={name}: the data has no content; "
                f"give --content={name}=PATH, or leave the flag out"
            )
        if name not in names:
            raise UserError(
                f"--require_content={name}: there is no such content; "
                f"choose from {', '.join(names)}"
            )


def _encode(
    aligned: tuple[Aligned, ...], num_items: int, options: PreparationOptions
) -> tuple[tuple[Modality, ...], dict[str, dict[str, np.ndarray]], list[dict[str, Any]]]:
    modalities, statistics, records = [], {}, []
    for one in aligned:
        encoded = encode(one.content, options.encoding)
        scaled = scale_encoded(encoded, options.feature_scaling)
        features = scaled.rows
        if len(one.rows) < num_items:
            features = np.zeros((num_items, scaled.rows.shape[1]), np.float32)
            features[one.rows] = scaled.rows
        present = np.zeros(num_items, bool)
        present[one.rows] = encoded.present
        modalities.append(Modality(encoded.name, features, present))
        statistics[encoded.name] = scaled.statistics
        records.append(
            {
                "name": encoded.name,
                "width": features.shape[1],
                "present": int(present.sum()),
                "extra_items": one.extra,
                "encoder": portable(encoded.encoder),
                "parameters": portable(encoded.parameters),
                "computation": "learned" if encoded.learned else "exact",
                "libraries": list(encoded.libraries),
                "scaling": options.feature_scaling,
                "scaling_parameters": scaled.parameters,
            }
        )
    return tuple(modalities), statistics, records


def _titles(raw: RawData, item_ids: np.ndarray) -> tuple[str | None, ...] | None:
    titles = dict(raw.titles)
    for content in raw.contents:
        if isinstance(content, Texts) and content.name.lower() in _TITLES:
            titles.update(_named(content))
    found = tuple(titles.get(item) for item in item_ids.tolist())
    return found if any(title is not None for title in found) else None


def _named(content: Content) -> dict[int | str, str]:
    return dict(zip(content.item_ids.tolist(), content.texts, strict=True))
