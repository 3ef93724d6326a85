import numpy as np

from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import dataset_names, load_dataset


def test_movielens_by_hand(movielens, options):
    dataset = load_dataset("ml100k", options(movielens, feature_scaling="none"))
    np.testing.assert_array_equal(dataset.user_ids, [1, 2, 3])
    np.testing.assert_array_equal(dataset.item_ids, range(1, 7))
    assert dataset.titles()[0] == "Caf\xe9 1 (1995)"
    total = (dataset.train + dataset.validation + dataset.test).toarray()
    np.testing.assert_array_equal(total, np.ones((3, 6)))
    # Of six, floor(1.2 + .5) = 1 is tested; of five, floor(.5 + .5) = 1 validates.
    np.testing.assert_array_equal(dataset.test.getnnz(axis=1), [1, 1, 1])
    np.testing.assert_array_equal(dataset.validation.getnnz(axis=1), [1, 1, 1])
    np.testing.assert_array_equal(dataset.modalities[0].features, np.tile(np.eye(19)[3], (6, 1)))


def test_movielens_feature_folder_and_mask(movielens, options, tmp_path_factory):
    folder = tmp_path_factory.mktemp("features")
    np.save(folder / "poster_feat_7.npy", np.arange(42, dtype=np.float64).reshape(6, 7))
    np.save(folder / "poster_mask.npy", np.array([True, True, False, True, True, True]))
    np.save(folder / "text_feat.npy", np.ones((6, 2), np.float32))
    asked = {"features_dir": folder, "feature_scaling": "none"}
    dataset = load_dataset("ml100k", options(movielens, **asked))
    assert [m.name for m in dataset.modalities] == ["genre", "poster", "text"]
    poster = dataset.modalities[1]
    assert not poster.present[2]
    np.testing.assert_array_equal(poster.features[2], np.zeros(7))
    np.testing.assert_array_equal(poster.features[1], np.arange(7, 14))
    chosen = load_dataset("ml100k", options(movielens, modalities=("text", "genre"), **asked))
    assert [m.name for m in chosen.modalities] == ["text", "genre"]


def test_repeated_ratings_count_once(movielens, options):
    with (movielens / "u.data").open("a") as file:
        file.write("1\t1\t5\t881250000\n")
    dataset = load_dataset("ml100k", options(movielens))
    assert (dataset.train + dataset.validation + dataset.test).nnz == 18
    assert "1 repeated pairs merged" in dataset.split


def test_a_user_with_one_rating_keeps_it_for_training(movielens, options):
    with (movielens / "u.data").open("a") as file:
        file.write("9\t4\t5\t881250000\n")
    dataset = load_dataset("ml100k", options(movielens))
    row = list(dataset.user_ids).index(9)
    np.testing.assert_array_equal(dataset.train[row].toarray()[0], np.eye(6)[3])


def test_tiktok_by_hand(tiktok, options):
    dataset = load_dataset("tiktok", options(tiktok, feature_scaling="none"))
    assert dataset.train.dtype == np.float32
    np.testing.assert_array_equal(dataset.train.toarray()[2], [0, 0, 1, 1, 0])  # the 2 became 1
    # User 1's validation item 1 is a training item too and is dropped.
    np.testing.assert_array_equal(dataset.validation.toarray()[1], [1, 0, 0, 0, 0])
    assert "1 validation" in dataset.split
    assert {m.name for m in dataset.modalities} == {"image", "audio"}
    assert dataset.modalities[0].features.dtype == np.float32


def test_scaling_over_present_rows(movielens, options, tmp_path_factory):
    folder = tmp_path_factory.mktemp("features")
    values = np.random.default_rng(0).normal(3.0, 2.0, size=(6, 4)).astype("f4")
    values[:, 3] = 5.0  # a constant column
    np.save(folder / "text_feat.npy", values)
    np.save(folder / "text_mask.npy", np.arange(6) != 2)
    asked = {"features_dir": folder, "modalities": ("text",)}
    present = values[np.arange(6) != 2]
    standardised = np.zeros_like(present)
    standardised[:, :3] = (present[:, :3] - present[:, :3].mean(0)) / present[:, :3].std(0)

    def scaled(scaling):
        dataset = load_dataset("ml100k", options(movielens, feature_scaling=scaling, **asked))
        features = dataset.modalities[0].features
        np.testing.assert_array_equal(features[2], np.zeros(4))
        return features[np.arange(6) != 2]

    np.testing.assert_allclose(scaled("zscore"), standardised, atol=1e-5)
    norms = np.linalg.norm(standardised, axis=1, keepdims=True)
    np.testing.assert_allclose(scaled("zscore_l2"), standardised / norms, atol=1e-5)
    norms = np.linalg.norm(present, axis=1, keepdims=True)
    np.testing.assert_allclose(scaled("l2"), present / norms, atol=1e-5)


def test_splits_are_disjoint_seeded_and_independent_of_row_order(movielens, options):
    first = load_dataset("ml100k", options(movielens))
    assert first.train.multiply(first.test).nnz == 0
    assert first.train.multiply(first.validation).nnz == 0
    lines = (movielens / "u.data").read_text().splitlines(keepends=True)
    (movielens / "u.data").write_text("".join(reversed(lines)))
    again = load_dataset("ml100k", options(movielens))
    assert (first.test != again.test).nnz == 0
    seeds = [load_dataset("ml100k", options(movielens, seed=seed)).test for seed in range(5)]
    assert any((first.test != other).nnz for other in seeds)


def test_validation_moves_into_training_for_a_refit(movielens, options):
    dataset = load_dataset("ml100k", options(movielens))
    merged = dataset.with_validation_in_train()
    assert merged.train.nnz == dataset.train.nnz + dataset.validation.nnz
    assert merged.train.max() == 1
    assert merged.validation.nnz == 0
    assert (merged.test != dataset.test).nnz == 0


def test_real_movielens(real_data):
    options = DatasetOptions(
        data_dir=real_data("ml-100k"), features_dir=real_data("ml-100k-features")
    )
    dataset = load_dataset("ml100k", options)
    assert (dataset.num_users, dataset.num_items) == (943, 1682)
    assert dataset.train.nnz + dataset.validation.nnz + dataset.test.nnz == 100_000
    shapes = {m.name: m.features.shape for m in dataset.modalities}
    assert shapes == {"genre": (1682, 19), "poster": (1682, 524), "text": (1682, 384)}
    missing = [int((~m.present).sum()) for m in dataset.modalities if m.name == "poster"]
    assert missing == [178]


def test_real_tiktok(real_data):
    dataset = load_dataset("tiktok", DatasetOptions(data_dir=real_data("tiktok")))
    assert (dataset.num_users, dataset.num_items) == (9308, 6710)
    assert (dataset.train.nnz, dataset.validation.nnz, dataset.test.nnz) == (59541, 3051, 6130)


def test_names():
    assert dataset_names() == ("ml100k", "prepared", "synthetic", "tiktok")
