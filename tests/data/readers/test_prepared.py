import dataclasses

import numpy as np
import pytest

import a2bm2gl_tf.data.features
import a2bm2gl_tf.data.formats  # noqa: F401
from a2bm2gl_tf.data.formats.registry import FormatOptions, detect_format, read_format
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.preparation.preparation_options import PreparationOptions
from a2bm2gl_tf.data.preparation.prepare import prepare
from a2bm2gl_tf.data.preparation.split_options import SplitOptions
from a2bm2gl_tf.data.preparation.store import write_prepared
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError


def _prepare(source, directory, **options):
    raw = read_format(detect_format(source)[0], source, FormatOptions())
    prepared = prepare(raw, source, PreparationOptions(**options))
    origin = {"name": "movies", "format": "movielens100k", "inputs": []}
    write_prepared(directory, dataclasses.replace(prepared, record=prepared.record | origin))
    return directory


def _give_every_genre(folder):
    """Every genre to some movie: a category that no item has gets no column when prepared."""
    rows = []
    for movie in range(1, 7):
        flags = "|".join(str(int(genre % 6 == movie - 1)) for genre in range(19))
        rows.append(f"{movie}|Film {movie}|01-Jan-1995||http://x/{movie}|{flags}\n")
    (folder / "u.item").write_text("".join(rows))


def _assert_same(one, other):
    np.testing.assert_array_equal(one.user_ids, other.user_ids)
    np.testing.assert_array_equal(one.item_ids, other.item_ids)
    assert one.user_ids.dtype == other.user_ids.dtype
    assert one.item_titles == other.item_titles
    assert one.split == other.split
    for part in ("train", "validation", "test"):
        first, second = getattr(one, part), getattr(other, part)
        assert first.shape == second.shape
        assert first.dtype == second.dtype
        np.testing.assert_array_equal(first.indptr, second.indptr)
        np.testing.assert_array_equal(first.indices, second.indices)
        np.testing.assert_array_equal(first.data, second.data)
    assert [m.name for m in one.modalities] == [m.name for m in other.modalities]
    for first, second in zip(one.modalities, other.modalities, strict=True):
        np.testing.assert_array_equal(first.features, second.features)
        np.testing.assert_array_equal(first.present, second.present)


@pytest.mark.parametrize("seed", [0, 3])
def test_prepared_movielens_is_the_dataset_that_the_raw_reader_gives(
    movielens, options, tmp_path_factory, seed
):
    directory = tmp_path_factory.mktemp("prepared") / "out"
    _give_every_genre(movielens)
    _prepare(movielens, directory, split_options=SplitOptions(seed=seed))
    _assert_same(
        load_dataset("prepared", DatasetOptions(data_dir=directory)),
        load_dataset("ml100k", options(movielens, seed=seed)),
    )


@pytest.mark.slow
def test_prepared_movielens_100k_is_that_too(real_data, tmp_path):
    source = real_data("ml-100k")
    directory = _prepare(source, tmp_path / "out")
    _assert_same(
        load_dataset("prepared", DatasetOptions(data_dir=directory)),
        load_dataset("ml100k", DatasetOptions(data_dir=source)),
    )


@pytest.mark.slow
def test_prepared_tiktok_has_the_split_of_the_raw_reader(real_data, tmp_path):
    source = real_data("tiktok")
    directory = _prepare(source, tmp_path / "out")
    prepared = load_dataset("prepared", DatasetOptions(data_dir=directory))
    raw = load_dataset("tiktok", DatasetOptions(data_dir=source))
    for part in ("train", "validation", "test"):
        assert (getattr(prepared, part) != getattr(raw, part)).nnz == 0
    for name in ("image", "audio"):
        one, other = (
            next(m for m in dataset.modalities if m.name == name) for dataset in (prepared, raw)
        )
        np.testing.assert_array_equal(one.features, other.features)


def test_folds_are_chosen_and_named(movielens, tmp_path_factory):
    directory = tmp_path_factory.mktemp("prepared") / "out"
    _prepare(movielens, directory, split_options=SplitOptions(folds=3, validation_fraction=0.3))
    tested = np.zeros((3, 6))
    for fold in range(3):
        dataset = load_dataset("prepared", DatasetOptions(data_dir=directory, fold=fold))
        tested += dataset.test.toarray()
        assert dataset.split.endswith(f"; fold {fold}")
        assert dataset.name == "movies"
    np.testing.assert_array_equal(tested, np.ones((3, 6)))
    with pytest.raises(UserError, match=r"--fold=3: .* has folds 0 to 2"):
        load_dataset("prepared", DatasetOptions(data_dir=directory, fold=3))


def test_options_that_prepared_and_other_data_do_not_take(movielens, options, tmp_path_factory):
    directory = _prepare(movielens, tmp_path_factory.mktemp("prepared") / "out")
    asked = DatasetOptions(data_dir=directory, feature_scaling="zscore_l2", modalities=("genre",))
    assert len(load_dataset("prepared", asked).modalities) == 1
    for changes, said in (
        ({"feature_scaling": "none"}, "--feature_scaling=none: .* scaled by zscore_l2 when they"),
        ({"modalities": ("sound",)}, "--modalities=sound: movies has no sound"),
        ({"fold": 1}, "--fold=1: .* has a single split"),
        ({"fold": -1}, "--fold=-1: folds are counted from 0"),
        ({"data_dir": None}, "--data_dir is missing"),
        ({"num_items": 3}, "--num_items=3"),
        ({"data_dir": movielens}, "manifest.json is missing"),
    ):
        with pytest.raises(UserError, match=said):
            load_dataset("prepared", dataclasses.replace(asked, **changes))
    with pytest.raises(UserError, match=r"--fold=2: ml100k has a single split; prepare it with"):
        load_dataset("ml100k", options(movielens, fold=2))
