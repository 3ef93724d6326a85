"""TikTok's short videos as the ICME 2019 challenge distributed them (track 2)."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Categories
from a2bm2gl_tf.data.features.label_categories import label_categories
from a2bm2gl_tf.data.features.quantile_categories import quantile_categories
from a2bm2gl_tf.data.formats.ids import keep_records
from a2bm2gl_tf.data.formats.positive_signals import (
    choose_positive,
    positive_records,
    require_flags,
)
from a2bm2gl_tf.data.formats.raw import Interactions, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.formats.tiktok_features import find_features, read_features
from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.data.reading.paths import require_directory

_FILE = "final_track2_train.txt"
_COLUMNS = (
    *("uid", "user_city", "item_id", "author_id", "item_city", "channel"),
    *("finish", "like", "music_id", "did", "creat_time", "video_duration"),
)
_SIGNALS = ("finish", "like")
# Column -> name of the modality; -1 stands for unknown.
_LABELS = {"author_id": "author", "item_city": "city", "channel": "channel", "music_id": "music"}
_UNKNOWN = -1


def _read(path: Path, options: FormatOptions) -> RawData:
    """Reads the interactions, what they say of the items, and the feature files of the folder.

    A record is an interaction where the positive signal ("finish" unless told) is 1; users and
    items are those of such records; other items shown are left out. There are no times: creat_time
    says when the video was published, not when it was watched, so a split by it would not be one by
    time.
    Contents: author, city, channel, music, duration (ten buckets), and those of
    `tiktok_features.read_features`. Where records of an item differ the first one counts.
    """
    folder = require_directory(path, "input")
    positive = choose_positive(options.positive, "finish", _SIGNALS)
    file = folder / _FILE
    columns = _read_records(file)
    kept = positive_records(file, columns, positive, _SIGNALS)
    users, items = (keep_records(columns[name], kept) for name in ("uid", "item_id"))
    interactions = Interactions(users.ids, items.ids, users.codes, items.codes)
    counts = {
        "records": columns.records,
        "interactions": len(interactions),
        "items shown": len(columns["item_id"].ids),
        "records whose item looks different from its first": _changed(columns),
    }
    features = find_features(folder)
    contents = (
        *_labels(columns, file, items.ids),
        *(read_features(key, source) for key, source in features.items()),
    )
    return RawData(
        interactions,
        contents,
        files=(file, *features.values()),
        counts=counts,
        left_out=np.setdiff1d(columns["item_id"].ids, items.ids),
    )


def _read_records(file: Path) -> Columns:
    kinds = {
        "uid": "id",
        "item_id": "id",
        **dict.fromkeys(_SIGNALS, "count"),
        **dict.fromkeys(_LABELS, "whole"),
        "video_duration": "number",
    }
    columns = read_columns(file, Dialect("\t", _COLUMNS), kinds)
    require_flags(file, columns, _SIGNALS)
    return columns


def _first_records(columns: Columns) -> np.ndarray:
    """The first record of every item shown, int64."""
    _, first = np.unique(columns["item_id"].codes, return_index=True)
    return first


def _changed(columns: Columns) -> int:
    first = _first_records(columns)[columns["item_id"].codes]
    differs = np.zeros(columns.records, bool)
    for name in (*_LABELS, "video_duration"):
        differs |= columns[name] != columns[name][first]
    return int(differs.sum())


def _labels(columns: Columns, file: Path, item_ids: np.ndarray) -> list[Categories]:
    """What the records say of the items of interactions, one modality a column."""
    shown = columns["item_id"].ids
    first = _first_records(columns)[np.isin(shown, item_ids)]
    found = []
    for column, name in _LABELS.items():
        values = columns[column][first].tolist()
        labels = [[] if value == _UNKNOWN else [str(value)] for value in values]
        if any(labels):
            found.append(label_categories(name, item_ids, labels, file))
    durations = columns["video_duration"][first]
    return [*found, quantile_categories("duration", item_ids, durations, file)]


def _detect(path: Path) -> str | None:
    if len(first_line(path / _FILE).split("\t")) == len(_COLUMNS):
        return f"{_FILE} holds twelve values a row"
    return None


register_format(
    Format(
        "tiktok_icme19",
        f"TikTok (ICME 2019): {_FILE} and JSON lines of video, audio, title and face features; "
        "--positive=finish, like or any",
        _detect,
        _read,
        frozenset({"positive"}),
    )
)
