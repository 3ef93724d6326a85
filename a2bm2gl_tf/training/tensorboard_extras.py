"""The item embeddings in TensorBoard's projector."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tensorboard.plugins import projector

from a2bm2gl_tf.files import atomic_write


def write_projector(
    directory: Path, item_embeddings: np.ndarray, titles: Sequence[str], degrees: np.ndarray
) -> None:
    """Writes item embeddings with their titles to the PROJECTOR tab.

    Args:
      directory: TensorBoard directory of the run.
      item_embeddings: E_v, float32 (V, d).
      titles: V readable names.
      degrees: (V,) training interactions of each item, a column to colour by.
    """
    with atomic_write(directory / "items.tsv") as file:
        file.write("title\tinteractions\n")
        for title, degree in zip(titles, degrees, strict=True):
            # The projector reads one row a line, so a title must not break it.
            file.write(f"{' '.join(title.split())}\t{int(degree)}\n")
    with atomic_write(directory / "item_embeddings.tsv") as file:
        np.savetxt(file, item_embeddings, fmt="%.6g", delimiter="\t")
    config = projector.ProjectorConfig()
    embedding = config.embeddings.add()
    embedding.tensor_name = "items"
    embedding.tensor_path = "item_embeddings.tsv"
    embedding.metadata_path = "items.tsv"
    with atomic_write(directory / "projector_config.pbtxt") as file:
        file.write(str(config))
