"""A SavedModel of export.py: which run it is of, and whether its files are there."""

from pathlib import Path
from typing import Any

from a2bm2gl_tf.inspection.checkpoint_index import shard_bytes
from a2bm2gl_tf.inspection.reading import folder_bytes, read_object

_GRAPH, _METADATA = "saved_model.pb", Path("assets", "metadata.json")
_INDEX = Path("variables", "variables.index")


def is_saved_model(directory: Path) -> bool:
    """Whether a directory is a SavedModel."""
    return (directory / _GRAPH).is_file()


def summarise_saved_model(directory: Path) -> dict[str, Any]:
    """What the metadata of an export say; of a SavedModel of others there are none.

    Raises:
      UserError: if the metadata cannot be read.
    """
    path = directory / _METADATA
    metadata = read_object(path) if path.is_file() else {}
    config = _part(metadata, "config")
    return {
        "kind": "SavedModel",
        "directory": str(directory),
        "model": config.get("model"),
        "dataset": {"name": config.get("dataset")},
        "dimension": _part(config, "model_config").get("dimension"),
        "seed": _part(config, "training").get("seed"),
        "step": metadata.get("step"),
        "split": metadata.get("split"),
        "bytes": folder_bytes(directory),
        "faults": _faults(directory / _INDEX),
    }


def _part(of: dict[str, Any], name: str) -> dict[str, Any]:
    """A part of the metadata, empty where it is none: any SavedModel may have an asset so named."""
    part = of.get(name)
    return part if isinstance(part, dict) else {}


def _faults(index: Path) -> list[str]:
    try:
        sizes = shard_bytes(index)
    except (OSError, ValueError) as error:
        return [f"{index.name}: {error}"]
    return [
        f"{path.name} is missing or cut short"
        for path, size in sizes.items()
        if not path.is_file() or path.stat().st_size < size
    ]
