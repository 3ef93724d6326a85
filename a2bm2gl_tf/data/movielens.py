"""MovieLens 100K as GroupLens distributes it, with further item features where given."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.aligned_files import read_feature_folder
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.preparation.random_split import split_per_user
from a2bm2gl_tf.data.reading.paths import require_directory, require_file
from a2bm2gl_tf.data.registry import register_dataset
from a2bm2gl_tf.errors import UserError

_RATING_COLUMNS = 4
_ITEM_COLUMNS = 24
_GENRES = 19


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
    folder = require_directory(options.data_dir, "data_dir")
    titles, genres = _read_items(folder / "u.item")
    raw_users, raw_items = _read_ratings(folder / "u.data", len(titles))
    modalities = [Modality("genre", genres, genres.any(axis=1))]
    if options.features_dir is not None:
        modalities += read_feature_folder(options.features_dir, len(titles))
        if any(modality.name == "genre" for modality in modalities[1:]):
            raise UserError(
                f"--features_dir={options.features_dir}: modality genre comes from u.item; "
                "rename genre_feat.npy"
            )
    user_ids, users = np.unique(raw_users, return_inverse=True)
    split = split_per_user(
        users,
        raw_items - 1,
        (len(user_ids), len(titles)),
        test_fraction=options.test_fraction,
        validation_fraction=options.validation_fraction,
        seed=options.seed,
    )
    return Dataset(
        name="ml100k",
        user_ids=user_ids,
        item_ids=np.arange(1, len(titles) + 1),
        item_titles=titles,
        modalities=tuple(modalities),
        train=split.train,
        validation=split.validation,
        test=split.test,
        split=split.recipe,
    )


def _read_items(path: Path) -> tuple[tuple[str, ...], np.ndarray]:
    """Titles and float32 (V, 19) genre flags of `u.item`, whose rows are movie 1, 2, 3, ..."""
    titles, flags = [], []
    for row, fields in enumerate(_read_table(path, "|", _ITEM_COLUMNS), start=1):
        if fields[0] != str(row):
            raise UserError(
                f"{path}: row {row}: movie id {fields[0]!r} where {row} is due; "
                "restore the missing or displaced row"
            )
        if any(flag not in ("0", "1") for flag in fields[-_GENRES:]):
            raise UserError(f"{path}: row {row}: a genre flag is neither 0 nor 1; mend the row")
        titles.append(fields[1])
        flags.append([flag == "1" for flag in fields[-_GENRES:]])
    return tuple(titles), np.array(flags, np.float32)


def _read_ratings(path: Path, num_items: int) -> tuple[np.ndarray, np.ndarray]:
    """User ids and movie ids, int64 (n,), of `u.data`."""
    pairs = []
    for row, fields in enumerate(_read_table(path, "\t", _RATING_COLUMNS), start=1):
        # Nineteen digits could overflow int64.
        if not all(field.isdecimal() and len(field) < 19 for field in fields):
            raise UserError(
                f"{path}: row {row}: {' '.join(fields)!r} is not four whole numbers "
                "(user, movie, rating, time); mend the row"
            )
        user, item = int(fields[0]), int(fields[1])
        if user < 1 or item < 1:
            raise UserError(f"{path}: row {row}: ids start at 1; mend the row")
        if item > num_items:
            raise UserError(
                f"{path}: row {row}: movie {item} is not in u.item, which ends at {num_items}; "
                "use files of the same release"
            )
        pairs.append((user, item))
    users, items = np.array(pairs, np.int64).T
    return users, items


def _read_table(path: Path, separator: str, columns: int) -> list[list[str]]:
    require_file(path)
    try:
        # The release is Latin-1: titles such as "Misérables, Les (1995)" are not valid UTF-8.
        lines = path.read_text(encoding="latin-1").removesuffix("\n").split("\n")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; make it readable") from error
    table = [line.split(separator) for line in lines]
    for row, fields in enumerate(table, start=1):
        if len(fields) != columns:
            raise UserError(
                f"{path}: row {row}: {len(fields)} columns where {columns} are due; mend the row"
            )
    return table
