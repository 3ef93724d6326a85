import logging

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph import surfing_cache
from a2bm2gl_tf.graph.surfing import top_m_neighbours
from a2bm2gl_tf.graph.surfing_cache import cached_top_m_neighbours


@pytest.fixture
def graph():
    half = sp.random(40, 40, density=0.1, random_state=0, format="csr")
    return (half + half.T).tocsr()


@pytest.fixture
def counted(monkeypatch):
    """Counts how often surfing is done."""
    calls = []

    def surf(*arguments):
        calls.append(arguments)
        return top_m_neighbours(*arguments)

    monkeypatch.setattr(surfing_cache, "top_m_neighbours", surf)
    return calls


def _same(one, other):
    np.testing.assert_array_equal(one.indices, other.indices)
    np.testing.assert_array_equal(one.weights, other.weights)
    assert one.dropped_mass == other.dropped_mass


def test_a_second_time_is_read_and_equal(graph, counted, tmp_path):
    first = cached_top_m_neighbours(tmp_path / "cache", graph, 3, 0.5, 5, 8)
    second = cached_top_m_neighbours(tmp_path / "cache", graph, 3, 0.5, 5, 8)
    assert len(counted) == 1
    _same(first, second)
    _same(first, top_m_neighbours(graph, 3, 0.5, 5, 8))
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".npz"]


def test_every_input_counts(graph, counted, tmp_path, monkeypatch):
    base = (graph, 3, 0.5, 5, 8)
    heavier = graph.copy()
    heavier.data[3] *= 2
    rewired = sp.csr_matrix((graph.data, graph.indices[::-1].copy(), graph.indptr), graph.shape)
    cached_top_m_neighbours(tmp_path, *base)
    for place, other in enumerate((heavier, 2, 0.6, 6, None)):
        cached_top_m_neighbours(tmp_path, *base[:place], other, *base[place + 1 :])
    cached_top_m_neighbours(tmp_path, rewired, *base[1:])
    monkeypatch.setattr(surfing_cache, "_ALGORITHM_VERSION", -1)
    cached_top_m_neighbours(tmp_path, *base)
    assert len(counted) == 8


def test_the_order_in_which_a_matrix_stores_its_entries_does_not_count(graph, counted, tmp_path):
    unsorted = graph.copy()
    for row in range(40):
        part = slice(unsorted.indptr[row], unsorted.indptr[row + 1])
        unsorted.indices[part] = unsorted.indices[part][::-1].copy()
        unsorted.data[part] = unsorted.data[part][::-1].copy()
    unsorted.has_sorted_indices = False
    cached_top_m_neighbours(tmp_path, graph, 2, 0.5, 4)
    cached_top_m_neighbours(tmp_path, unsorted, 2, 0.5, 4)
    assert len(counted) == 1


def _cut(path):
    path.write_bytes(path.read_bytes()[:-200])


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)


def _pickle(path):
    np.savez(path, indices=np.array([{}], object), weights=0, dropped_mass=0)


def _other_shape(path):
    np.savez(path, indices=np.zeros((40, 9), np.int32), weights=np.zeros((40, 9)), dropped_mass=0)


def _nodes_beyond_the_graph(path):
    np.savez(
        path,
        indices=np.full((40, 4), 40, np.int32),
        weights=np.zeros((40, 4), np.float32),
        dropped_mass=0.0,
    )


@pytest.mark.parametrize(
    "damage",
    [_cut, _flip, _pickle, _other_shape, _nodes_beyond_the_graph, lambda p: p.write_bytes(b"")],
)
def test_damage_is_noticed_told_and_mended(graph, counted, tmp_path, caplog, damage):
    first = cached_top_m_neighbours(tmp_path, graph, 2, 0.5, 4)
    damage(next(tmp_path.iterdir()))
    with caplog.at_level(logging.WARNING, surfing_cache.__name__):
        second = cached_top_m_neighbours(tmp_path, graph, 2, 0.5, 4)
    assert "is damaged" in caplog.text
    _same(first, second)
    cached_top_m_neighbours(tmp_path, graph, 2, 0.5, 4)
    assert len(counted) == 2


def test_a_folder_that_cannot_be_made_is_a_clear_error(graph, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="--cache_dir="):
        cached_top_m_neighbours(tmp_path / "file", graph, 1, 0.5, 3)


@pytest.mark.parametrize("damage", ["bomb", "nan", "text", "texts"])
def test_what_is_no_result_is_computed_again(graph, counted, tmp_path, damage):
    first = cached_top_m_neighbours(tmp_path, graph, 3, 0.5, 5)
    (path,) = tmp_path.glob("*.npz")
    with np.load(path) as file:
        arrays = dict(file)
    if damage == "bomb":
        np.savez_compressed(path, **arrays, more=np.zeros(20_000_000))
    elif damage == "nan":
        np.savez(path, **{**arrays, "weights": np.full_like(arrays["weights"], np.nan)})
    else:
        stored = np.array("x" if damage == "text" else ["x"])
        np.savez(path, **{**arrays, "dropped_mass": stored})
    _same(cached_top_m_neighbours(tmp_path, graph, 3, 0.5, 5), first)
    assert len(counted) == 2
