"""Generated sizes and the fitted exponent."""

import dataclasses

import numpy as np
import pytest

from a2bm2gl_tf.benchmarks.generated_graph import generated_split
from a2bm2gl_tf.benchmarks.scaling import (
    ScalingPoint,
    fitted_exponent,
    measure_scaling,
    plot_scaling,
)


@pytest.mark.parametrize("size", [5000, 20_000])
def test_generated_data_has_the_size_asked_for_and_taste(size):
    train, test = generated_split(size, seed=4)
    assert train.nnz + test.nnz == size
    assert train.shape == test.shape == (size // 25, size // 50)
    assert train.multiply(test).nnz == 0
    assert 0.7 < train.nnz / size < 0.9
    assert set(np.unique(train.data)) == set(np.unique(test.data)) == {1.0}
    assert train.has_sorted_indices
    again = generated_split(size, seed=4)[0]
    assert (again != train).nnz == 0
    assert (generated_split(size, seed=5)[0] != train).nnz > 0


def test_too_few_interactions_are_refused():
    with pytest.raises(ValueError, match="fewer than 5000"):
        generated_split(4999, seed=0)


def test_users_keep_to_their_cluster():
    train, _ = generated_split(500_000, seed=0)
    users, items = train.nonzero()
    same = (users % 50 == items % 50).mean()
    assert 0.65 < same < 0.75  # 0.7, chance, and pairs that were drawn twice
    degrees = np.sort(train.getnnz(axis=0))[::-1]
    assert degrees[:100].sum() > 2 * degrees[-100:].sum()


def _points(exponent, sizes=(10, 100, 1000)):
    return [ScalingPoint(size, 3.0 * size**exponent, 1, True) for size in sizes]


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.1, 2.0])
def test_the_fit_finds_the_exponent(exponent):
    assert fitted_exponent(_points(exponent)) == pytest.approx(exponent)


def test_plot_is_a_png(tmp_path):
    pytest.importorskip("matplotlib")
    plot_scaling(_points(1.05), tmp_path / "scaling.png")
    content = (tmp_path / "scaling.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 5000


def test_steps_an_epoch_are_held(monkeypatch):
    tasks = []

    def measured(task, methods, *arguments, **options):
        from a2bm2gl_tf.benchmarks.measurement import Measurement

        tasks.append(task)
        return [Measurement(methods[0], epoch_seconds=[2.0, 1.0, 4.0], peak_bytes=5)]

    monkeypatch.setattr("a2bm2gl_tf.benchmarks.scaling.measure", measured)
    points = measure_scaling([5000, 10_000], "a2bm2gl", 10, 3, 60.0, {"dimension": 4, "seed": 1})
    assert [task.batch_users for task in tasks] == [20, 40]
    assert all(task.dimension == 4 for task in tasks)
    assert [point.seconds for point in points] == [2.0, 2.0]
    assert points[0].interactions == tasks[0].train.nnz
    assert dataclasses.asdict(points[0])["whole"]
