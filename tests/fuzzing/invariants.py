"""What accepted data must be, by the docstrings: a file that is misread breaks one of these."""

from itertools import pairwise

import numpy as np

from a2bm2gl_tf.data.features.content import (
    Categories,
    Content,
    Images,
    Texts,
    Vectors,
    WordCounts,
)
from a2bm2gl_tf.data.formats.raw import RawData
from a2bm2gl_tf.data.preparation.result import Prepared
from a2bm2gl_tf.data.reading.columns import Columns, IdColumn


def check_raw(raw: RawData) -> RawData:
    """See `RawData` and `Interactions`."""
    found = raw.interactions
    count = len(found)
    assert count, "no interaction, and not refused"
    for ids, rows in ((found.user_ids, found.users), (found.item_ids, found.items)):
        check_ids(ids)
        assert rows.shape == (count,)
        assert rows.dtype == np.int32
        assert rows.min() >= 0
        assert rows.max() < len(ids)
    if found.values is not None:
        assert found.values.shape == (count,)
        assert np.isfinite(found.values).all()
    if found.times is not None:
        assert found.times.shape == (count,)
        assert found.times.dtype == np.int64
    if found.parts is not None:
        assert found.parts.shape == (count,)
        assert found.parts.max() <= 2
    for content in raw.contents:
        check_content(content)
    assert all(isinstance(title, str) for title in raw.titles.values())
    return raw


def check_ids(ids: np.ndarray) -> None:
    """Ascending, distinct, int64 or object of str that other programs can take."""
    assert ids.ndim == 1
    if ids.dtype == np.int64:
        assert (ids[1:] > ids[:-1]).all()
        return
    assert ids.dtype == object
    assert all(type(value) is str and value for value in ids.tolist())
    assert all(first < second for first, second in pairwise(ids.tolist()))
    for value in ids.tolist():
        value.encode()


def check_content(content: Content) -> Content:
    """See the classes of `content`."""
    # None at all is refused when the items are aligned, where a mask can be asked for.
    count = len(content.item_ids)
    assert len(set(content.item_ids.tolist())) == count
    if isinstance(content, Vectors):
        assert content.rows.dtype == np.float32
        assert content.rows.shape[0] == count
        assert content.rows.ndim == 2
        assert np.isfinite(content.rows).all()
    elif isinstance(content, Texts):
        assert len(content.texts) == count
        for text in content.texts:
            text.encode()
    elif isinstance(content, WordCounts):
        assert content.counts.shape[0] == count
        assert (content.counts.data > 0).all()
    elif isinstance(content, Categories):
        assert content.flags.shape == (count, len(content.labels))
        assert (content.flags.data == 1).all()
    elif isinstance(content, Images):
        assert len(content.paths) == count
    return content


def check_columns(columns: Columns) -> Columns:
    """See `Columns`."""
    assert columns.records
    for column in columns.by_name.values():
        if isinstance(column, IdColumn):
            check_ids(column.ids)
            column = column.codes
        assert column.shape[0] == columns.records
        assert column.dtype == object or np.isfinite(column).all() or column.dtype == np.float32
    assert columns.row(columns.records - 1) >= columns.records
    return columns


def check_prepared(prepared: Prepared) -> Prepared:
    """See `Prepared`."""
    for ids in (prepared.user_ids, prepared.item_ids):
        assert len(set(ids.tolist())) == len(ids)
    assert prepared.parts.max() <= 2
    if prepared.values is not None:
        assert np.isfinite(prepared.values).all()
    for modality in prepared.modalities:
        assert np.isfinite(modality.features).all()
        assert not modality.features[~modality.present].any()
    return prepared
