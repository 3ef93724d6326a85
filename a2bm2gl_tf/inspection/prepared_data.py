"""A directory of prepare.py: counts, split, modalities, and whether its files are there."""

from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.inspection.reading import folder_bytes, read_object

_MANIFEST = "manifest.json"


def is_prepared_data(directory: Path) -> bool:
    """Whether a directory holds prepared data."""
    return (directory / _MANIFEST).is_file()


def summarise_prepared_data(directory: Path) -> dict[str, Any]:
    """What the manifest says, and which of its files are missing or have another size.

    Raises:
      UserError: if it cannot be read or is none.
    """
    manifest = read_object(directory / _MANIFEST)
    try:
        counts = manifest["counts"]
        faults = [
            f"{name} {fault}"
            for name, entry in sorted(manifest["files"].items())
            if (fault := _fault(directory, name, entry["bytes"]))
        ]
        return {
            "kind": "prepared dataset",
            "directory": str(directory),
            "name": manifest["name"],
            "format": manifest["format"],
            "users": counts["users"],
            "items": counts["items"],
            "interactions": counts["interactions"],
            "folds": [
                {part: fold[part] for part in ("train", "validation", "test")}
                for fold in counts["folds"]
            ],
            "split": manifest["split"]["recipe"],
            "modalities": {entry["name"]: entry["width"] for entry in manifest["modalities"]},
            "versions": manifest["library_versions"],
            "bytes": folder_bytes(directory),
            "faults": faults,
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{directory / _MANIFEST}: not a manifest of this version "
            f"({type(error).__name__}: {error})"
        ) from error


def _fault(directory: Path, name: str, size: int) -> str:
    """What is wrong with a file that a manifest names; empty where nothing is."""
    if name.startswith("/") or "\0" in name or ".." in name.split("/"):
        return "cannot be a file of it"
    path = directory / name
    if path.is_symlink() or path.parent.is_symlink():
        return "is a link, which prepared data never holds"
    if not path.is_file():
        return "is missing"
    there = path.stat().st_size
    return "" if there == size else f"has {there:,} bytes"
