"""MovieLens 100K as GroupLens distributes it, with further item features where given."""

import numpy as np

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.aligned_files import read_feature_folder
from a2bm2gl_tf.data.features.content import Categories
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.formats.movielens_100k import read_movielens_100k_files
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.preparation.random_split import split_per_user
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.data.registry import register_dataset
from a2bm2gl_tf.errors import UserError


@register_dataset("ml100k", data_dir=True, features_dir=True)
def read_movielens_100k(options: DatasetOptions) -> Dataset:
    """Reads `u.data` and `u.item`; every rating, high or low, is an interaction.

    Modality "genre" is the 19 flags of `u.item`. A feature folder adds one modality a file, rows in
    the order of the movie ids. Users are those with a rating; items are all of `u.item`.

    Args:
      options: see `DatasetOptions`.

    Returns:
      The dataset with a random split per user.

    Raises:
      UserError: naming the file and row that is not as it should be.
    """
    raw = read_movielens_100k_files(require_directory(options.data_dir, "data_dir"))
    ratings = raw.interactions
    modalities = [_genre_modality(raw.contents[0], ratings.item_ids)]
    if options.features_dir is not None:
        modalities += read_feature_folder(options.features_dir, len(ratings.item_ids))
        if any(modality.name == "genre" for modality in modalities[1:]):
            raise UserError(
                f"--features_dir={options.features_dir}: modality genre comes from u.item; "
                "rename genre_feat.npy"
            )
    split = split_per_user(
        ratings.users,
        ratings.items,
        (len(ratings.user_ids), len(ratings.item_ids)),
        test_fraction=options.test_fraction,
        validation_fraction=options.validation_fraction,
        seed=options.seed,
    )
    return Dataset(
        name="ml100k",
        user_ids=ratings.user_ids,
        item_ids=ratings.item_ids,
        item_titles=tuple(raw.titles[item] for item in ratings.item_ids.tolist()),
        modalities=tuple(modalities),
        train=split.train,
        validation=split.validation,
        test=split.test,
        split=split.recipe,
    )


def _genre_modality(genres: Categories, item_ids: np.ndarray) -> Modality:
    """The flags of `Categories` as rows of all items; those without a genre lack the modality."""
    present = np.isin(item_ids, genres.item_ids)
    features = np.zeros((len(item_ids), genres.flags.shape[1]), np.float32)
    features[present] = genres.flags.toarray()
    return Modality("genre", features, present)
