from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import Categories, Images, Texts, Vectors, WordCounts
from a2bm2gl_tf.data.preparation.align import align_contents
from a2bm2gl_tf.errors import UserError

SOURCE = Path("pairs.tsv")


def _texts(*items, name="title"):
    return Texts(name, np.array(items), Path(f"{name}s.csv"), tuple(f"film {i}" for i in items))


def _align(*contents, catalogue=(1, 2, 3), left_out=(), missing="refuse", extra="refuse"):
    return align_contents(
        contents,
        np.array(catalogue),
        np.array(left_out, np.int64),
        SOURCE,
        missing_features=missing,
        extra_items=extra,
    )


def test_contents_take_the_order_of_the_catalogue():
    items = np.array([3, 1, 2])
    counts = sp.csr_matrix(np.diag([3.0, 1.0, 2.0]).astype(np.float32))
    paths = tuple(Path(f"{item}.png") for item in items)
    catalogue, aligned = _align(
        _texts(3, 1, 2),
        Vectors("v", items, SOURCE, items[:, None].astype(np.float32)),
        WordCounts("w", items, SOURCE, counts),
        Categories("c", items, SOURCE, counts, ("a", "b", "c")),
        Images("i", items, SOURCE, paths),
    )
    assert catalogue.tolist() == [1, 2, 3]
    for one in aligned:
        assert one.rows.tolist() == [0, 1, 2]
        assert one.content.item_ids.tolist() == [1, 2, 3]
    texts, vectors, words, categories, images = (one.content for one in aligned)
    assert texts.texts == ("film 1", "film 2", "film 3")
    assert vectors.rows.ravel().tolist() == [1, 2, 3]
    assert words.counts.sum(axis=1).ravel().tolist() == [[1, 2, 3]]
    assert categories.flags.sum(axis=1).ravel().tolist() == [[1, 2, 3]]
    assert images.paths == (Path("1.png"), Path("2.png"), Path("3.png"))


def test_missing_features_are_refused_or_masked():
    said = r"titles.csv: has no title for item 2 \(1 item\) of pairs.tsv;.*--missing_features=mask"
    with pytest.raises(UserError, match=said):
        _align(_texts(1, 3))
    with pytest.raises(UserError, match=r"item 1 and others \(2 items\)"):
        _align(_texts(3))
    _, (aligned,) = _align(_texts(3, 1), missing="mask")
    assert aligned.rows.tolist() == [0, 2]


def test_extra_items_are_refused_dropped_or_kept():
    said = r"titles.csv: item 0 and others \(2 items\) not in pairs.tsv; give --extra_items=drop"
    with pytest.raises(UserError, match=said):
        _align(_texts(9, 3, 2, 1, 0))
    catalogue, (aligned,) = _align(_texts(9, 3, 2, 1, 0), extra="drop")
    assert catalogue.tolist() == [1, 2, 3]
    assert (aligned.rows.tolist(), aligned.extra) == ([0, 1, 2], 2)
    catalogue, (aligned,) = _align(_texts(9, 3, 2, 1, 0), extra="keep")
    assert catalogue.tolist() == [0, 1, 2, 3, 9]
    assert aligned.content.texts[0] == "film 0"
    # Items that one content adds lack the other.
    both = _texts(9, 3, 2, 1), _texts(1, 2, 3, name="plot")
    with pytest.raises(UserError, match=r"plots.csv: has no plot for item 9"):
        _align(*both, extra="keep")
    _, (titles, plots) = _align(*both, extra="keep", missing="mask")
    assert (titles.rows.tolist(), plots.rows.tolist()) == ([0, 1, 2, 3], [0, 1, 2])


@pytest.mark.parametrize("extra", ["refuse", "drop", "keep"])
def test_items_that_filters_removed_are_not_extra(extra):
    catalogue, (aligned,) = _align(_texts(1, 2, 3, 4), left_out=[4], extra=extra)
    assert catalogue.tolist() == [1, 2, 3]
    assert aligned.extra == 0


def test_ids_of_another_kind_are_refused_and_texts_of_any_length_are_kept():
    texts = Texts("t", np.array(["a"], object), Path("t.csv"), ("x",))
    with pytest.raises(UserError, match=r"t.csv: item ids are text where pairs.tsv has whole num"):
        _align(texts)
    longer = Texts("t", np.array(["a", "a longer id"], object), Path("t.csv"), ("x", "y"))
    catalogue, _ = align_contents(
        (longer,),
        np.array(["a"], object),
        np.array([], object),
        SOURCE,
        missing_features="refuse",
        extra_items="keep",
    )
    assert catalogue.tolist() == ["a", "a longer id"]
