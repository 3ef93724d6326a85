"""Writing an EmbeddingIndex as a TensorFlow SavedModel that loads without this package."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from a2bm2gl_tf.directories import atomic_directory
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import write_json
from a2bm2gl_tf.serving.explanation import ExplanationIndex
from a2bm2gl_tf.serving.index import EmbeddingIndex
from a2bm2gl_tf.serving.module import ServingModule


def export_saved_model(
    index: EmbeddingIndex,
    path: Path,
    metadata: dict[str, Any],
    *,
    overwrite: bool = False,
    explanation: ExplanationIndex | None = None,
) -> Path:
    """Writes `index` as a SavedModel directory, whole or not at all.

    The model is written in a temporary directory beside `path`, flushed and renamed. `metadata`
    becomes the asset assets/metadata.json: it travels with the directory, a loaded model gives its
    place as `metadata.asset_path`, and saving the loaded model again keeps it.

    Args:
      index: what to serve.
      path: directory of the export; its parents are created.
      metadata: JSON-serialisable facts on where the embeddings come from.
      overwrite: whether an earlier export at `path` may be replaced.
      explanation: why items are recommended; None leaves out the signatures that say it.

    Returns:
      `path`.

    Raises:
      UserError: `path` exists and `overwrite` is False, or it holds something other than an export.
    """
    target = Path(path).resolve()
    _check_target(target, path, overwrite)
    with atomic_directory(target) as written:
        source = written.parent / "metadata.json"
        write_json(source, metadata)
        module = ServingModule(index, explanation)
        module.metadata = tf.saved_model.Asset(str(source))
        tf.saved_model.save(module, str(written), signatures=module.signatures())
    return Path(path)


def _check_target(target: Path, shown: Path, overwrite: bool) -> None:
    if not target.exists():
        return
    if not overwrite:
        raise UserError(
            f"{shown} exists already: give another --export_dir, or allow it to be overwritten"
        )
    is_export = tf.saved_model.contains_saved_model(str(target))
    if not is_export and not (target.is_dir() and not any(target.iterdir())):
        raise UserError(f"{shown} is not a SavedModel and is left alone: give another --export_dir")
