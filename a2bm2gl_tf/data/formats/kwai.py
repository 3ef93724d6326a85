"""Kwai's micro-video data as the Kuaishou user interest challenge distributed it."""

import dataclasses
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Categories, Content, WordCounts
from a2bm2gl_tf.data.features.quantile_categories import quantile_categories
from a2bm2gl_tf.data.features.vector_folder import read_vector_folder
from a2bm2gl_tf.data.features.word_counts import joined_word_counts
from a2bm2gl_tf.data.formats.ids import keep_records, require_distinct
from a2bm2gl_tf.data.formats.positive_signals import (
    choose_positive,
    positive_records,
    require_flags,
)
from a2bm2gl_tf.data.formats.raw import Interactions, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.errors import UserError

_INTERACTIONS, _TEXT, _VISUAL = "train_interaction.txt", "train_text.txt", "final_visual_train"
_SIGNALS = ("click", "like", "follow")
_COLUMNS = ("user_id", "photo_id", *_SIGNALS, "time", "playing_time", "duration_time")


def _read(path: Path, options: FormatOptions) -> RawData:
    """Reads the interactions and whatever content lies beside them.

    A record is an interaction where the positive signal ("click" unless told) is 1; users and items
    are those of such records; other photos shown are left out. Times are as given. Contents: "text"
    (word counts of train_text.txt), "visual" (row 0 of each photo's file) and "duration": the first
    duration recorded of each photo, in ten buckets with about as many photos each, because releases
    differ in its unit.
    """
    folder = require_directory(path, "input")
    positive = choose_positive(options.positive, "click", _SIGNALS)
    file = folder / _INTERACTIONS
    columns = _read_records(file)
    kept = positive_records(file, columns, positive, _SIGNALS)
    users, photos = (keep_records(columns[name], kept) for name in ("user_id", "photo_id"))
    interactions = Interactions(
        users.ids, photos.ids, users.codes, photos.codes, times=columns["time"][kept]
    )
    counts = {
        "records": columns.records,
        "interactions": len(interactions),
        "photos shown": len(columns["photo_id"].ids),
    }
    left_out = np.setdiff1d(columns["photo_id"].ids, photos.ids)
    contents: list[Content] = []
    files = [file]
    if (folder / _VISUAL).is_dir():
        visual, counts["visual files passed over"] = read_vector_folder(
            "visual", folder / _VISUAL, photos.ids, left_out
        )
        contents.append(visual)
        files.append(folder / _VISUAL)
    if (folder / _TEXT).exists():
        contents.append(_read_text(folder / _TEXT))
        files.append(folder / _TEXT)
    contents.append(_durations(columns, file))
    return RawData(
        interactions, tuple(contents), files=tuple(files), counts=counts, left_out=left_out
    )


def _read_records(file: Path) -> Columns:
    kinds = {
        "user_id": "id",
        "photo_id": "id",
        **dict.fromkeys(_SIGNALS, "count"),
        "time": "whole",
        "duration_time": "number",
    }
    columns = read_columns(file, Dialect("\t", _COLUMNS), kinds)
    require_flags(file, columns, _SIGNALS)
    negative = columns["duration_time"] < 0
    if negative.any():
        record = int(negative.argmax())
        raise UserError(
            f"{file}: row {columns.row(record)}: column duration_time: "
            f"{columns['duration_time'][record]:g} is negative; mend the row"
        )
    # Compact at once: three columns of 8 bytes a record would outweigh all else.
    by_name = columns.by_name | {name: columns[name].astype(np.uint8) for name in _SIGNALS}
    return dataclasses.replace(columns, by_name=by_name)


def _durations(columns: Columns, file: Path) -> Categories:
    photos = columns["photo_id"]
    # Written back to front, so that the first record of each photo has the last word.
    durations = np.zeros(len(photos.ids), np.float32)
    durations[photos.codes[::-1]] = columns["duration_time"][::-1]
    return quantile_categories("duration", photos.ids, durations, file)


def _read_text(file: Path) -> WordCounts:
    separator = "\t" if "\t" in first_line(file) else " "
    columns = read_columns(
        file, Dialect(separator, ("photo_id", "words")), {"photo_id": "id", "words": "text"}
    )
    photos = require_distinct(file, "photo_id", columns)
    return joined_word_counts("text", photos, columns, "words", file)


def _detect(path: Path) -> str | None:
    fields = first_line(path / _INTERACTIONS).split("\t")
    if len(fields) == len(_COLUMNS) and set(fields[2:5]) <= {"0", "1"}:
        return f"{_INTERACTIONS} holds eight values a row, three of them 0 or 1"
    return None


register_format(
    Format(
        "kwai",
        f"Kwai (Kuaishou challenge): {_INTERACTIONS}, {_TEXT}, {_VISUAL}/; "
        "--positive=click, like, follow or any",
        _detect,
        _read,
        frozenset({"positive"}),
    )
)
