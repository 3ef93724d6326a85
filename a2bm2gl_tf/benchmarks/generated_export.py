"""Exports of any size from generated embeddings, to measure serving with."""

import dataclasses
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.serving.export import export_saved_model
from a2bm2gl_tf.serving.index import EmbeddingIndex
from a2bm2gl_tf.serving.recommend import load_export

# Items gather around this many directions, as those of a trained model do.
_DIRECTIONS = 200


@dataclasses.dataclass(frozen=True)
class ExportSize:
    """What to generate.

    Attributes:
      users: U.
      items: V.
      dimension: d.
      seen_per_user: items that each user has seen, at most (drawn with repetition).
    """

    users: int = 100_000
    items: int = 50_000
    dimension: int = 64
    seen_per_user: int = 20


def generated_embeddings(
    count: int, dimension: int, seed: int, directions_seed: int = 0
) -> np.ndarray:
    """Rows around common directions, of lengths that vary as popularity makes them.

    Args:
      count: rows.
      dimension: d.
      seed: of the rows.
      directions_seed: of the directions; users and items share them.

    Returns:
      float32 (count, d): directions of length 1 plus as much noise, times a log-normal length.
    """
    directions = np.random.default_rng(directions_seed).normal(size=(_DIRECTIONS, dimension))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    rng = np.random.default_rng([seed, 1])
    rows = directions.astype(np.float32)[rng.integers(_DIRECTIONS, size=count)]
    rows += rng.normal(scale=dimension**-0.5, size=rows.shape).astype(np.float32)
    return rows * rng.lognormal(sigma=0.3, size=(count, 1)).astype(np.float32)


def generated_index(size: ExportSize, seed: int) -> EmbeddingIndex:
    """Generated embeddings with integer ids 0 to U - 1 and 0 to V - 1 and seen items.

    Args:
      size: what to generate.
      seed: of everything random; popularity of items falls off quadratically.
    """
    rng = np.random.default_rng([seed, 2])
    count = size.users * size.seen_per_user
    columns = (size.items * rng.random(count) ** 2).astype(np.int64)
    rows = np.repeat(np.arange(size.users), size.seen_per_user)
    seen = sp.csr_matrix((np.ones(count, np.float32), (rows, columns)), (size.users, size.items))
    seen.sum_duplicates()
    return EmbeddingIndex(
        user_embeddings=generated_embeddings(size.users, size.dimension, 2 * seed),
        item_embeddings=generated_embeddings(size.items, size.dimension, 2 * seed + 1),
        user_ids=np.arange(size.users),
        item_ids=np.arange(size.items),
        seen=seen,
        item_titles=tuple(f"Generated video {item}" for item in range(size.items)),
    )


def write_generated_export(size: ExportSize, path: Path, seed: int) -> Path:
    """Writes a generated index as a SavedModel; see `export_saved_model`."""
    metadata = {"generated": dataclasses.asdict(size), "seed": seed}
    return export_saved_model(generated_index(size, seed), path, metadata)


def ids_of_export(path: Path) -> tuple[list[int | str], list[int | str]]:
    """Original ids of an export's users and items.

    Raises:
      UserError: as `load_export`.
    """
    model = load_export(path)
    users, items = (ids.numpy().tolist() for ids in (model.user_ids, model.item_ids))
    return tuple(
        [original.decode() if isinstance(original, bytes) else original for original in ids]
        for ids in (users, items)
    )
