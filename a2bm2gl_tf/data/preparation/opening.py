"""Opening a prepared directory, trusting nothing that it says of itself."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.features.scaling import SCALINGS, row_scaling, statistic_names
from a2bm2gl_tf.data.preparation.array_checks import check_arrays
from a2bm2gl_tf.data.preparation.layout import (
    MANIFEST,
    REMEDY,
    TITLES,
    Layout,
    array_files,
    array_layouts,
    is_modality_name,
    statistic_file,
)
from a2bm2gl_tf.data.preparation.manifest import check_manifest
from a2bm2gl_tf.data.preparation.result import Prepared
from a2bm2gl_tf.data.reading.arrays import map_array
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.stored_values import read_json

_LARGEST_MANIFEST = 2**26
_OPTIONAL = ("values.npy", "times.npy")


def open_prepared(directory: Path, *, verify_hashes: bool = False) -> Prepared:
    """Opens what `write_prepared` wrote.

    Only names that a prepared directory can have are opened; sizes, types and shapes are compared
    with the manifest, and the arrays with each other. Features are read once, block by block.

    Args:
      directory: the directory.
      verify_hashes: also reads every file and compares its SHA-256.

    Returns:
      The data; its arrays are mapped into memory, read-only, and its record is the manifest.

    Raises:
      UserError: naming the file that is not as it should be.
    """
    path = directory / MANIFEST
    if not path.is_file():
        raise UserError(f"--data_dir={directory}: no prepared data there ({MANIFEST} is missing)")
    manifest = _read_json(path, _LARGEST_MANIFEST)
    try:
        layouts, files = _expected(manifest)
    except ValueError as error:
        raise UserError(f"{path}: not a manifest of prepared data ({error}); {REMEDY}") from error
    for name, entry in files.items():
        _check_file(directory, name, entry, verify_hashes)
    arrays = {
        name: _map(directory / name, layout) for name, layout in layouts.items() if name in files
    }
    titles = None
    if TITLES in files:
        titles = _read_titles(directory / TITLES, len(arrays["item_ids.npy"]))
    statistics = {
        entry["name"]: {
            name: arrays[statistic_file(entry["name"], name)]
            for name in entry["scaling_parameters"]["statistics"]
        }
        for entry in manifest["modalities"]
    }
    modalities = tuple(
        Modality(
            entry["name"],
            *(arrays[file] for file in array_files(entry["name"])),
            row_scaling(entry["scaling"], statistics[entry["name"]]),
        )
        for entry in manifest["modalities"]
    )
    prepared = Prepared(
        user_ids=arrays["user_ids.npy"],
        item_ids=arrays["item_ids.npy"],
        users=arrays["users.npy"],
        items=arrays["items.npy"],
        parts=arrays["parts.npy"],
        values=arrays.get("values.npy"),
        times=arrays.get("times.npy"),
        titles=titles,
        modalities=modalities,
        statistics=statistics,
        record=manifest,
    )
    check_arrays(directory, prepared)
    return prepared


def _read_json(path: Path, largest: int) -> Any:
    if path.is_symlink():
        raise UserError(f"{path}: is a link, which prepared data never holds; {REMEDY}")
    return read_json(path, REMEDY, largest)


def _expected(manifest: Any) -> tuple[dict[str, Layout], dict[str, dict[str, Any]]]:
    """Layouts of all files and the manifest's entries of those that are there.

    Raises:
      ValueError: where the manifest is not what `write_prepared` writes.
    """
    check_manifest(manifest)
    widths = {entry["name"]: entry["width"] for entry in manifest["modalities"]}
    if len(widths) < len(manifest["modalities"]):
        raise ValueError("two modalities have one name")
    for name in widths:
        if not is_modality_name(name):
            raise ValueError(f"{name!r} cannot be a modality's name")
    statistics = {entry["name"]: _statistics(entry) for entry in manifest["modalities"]}
    counts, files = manifest["counts"], manifest["files"]
    layouts = array_layouts(
        counts["users"],
        counts["items"],
        counts["interactions"],
        len(counts["folds"]),
        widths,
        statistics,
    )
    unknown = files.keys() - layouts.keys() - {TITLES}
    if unknown:
        raise ValueError(f"{min(unknown)!r} cannot be a file of it")
    missing = layouts.keys() - files.keys() - set(_OPTIONAL)
    if missing:
        raise ValueError(f"{min(missing)} is not among the files")
    return layouts, files


def _statistics(entry: dict[str, Any]) -> tuple[str, ...]:
    """Names of the statistics that a modality was scaled with, by the manifest's entry.

    Raises:
      ValueError: where the entry contradicts itself.
    """
    name, scaling, parameters = entry["name"], entry["scaling"], entry["scaling_parameters"]
    if scaling not in SCALINGS or parameters["scaling"] != scaling:
        raise ValueError(f"{scaling!r} cannot be the scaling of {name}")
    if parameters["fitted_rows"] != entry["present"]:
        raise ValueError(f"{name} was not scaled by the rows that are there")
    due = statistic_names(scaling)
    if parameters["statistics"].keys() != set(due) or any(
        found["shape"] != [entry["width"]] for found in parameters["statistics"].values()
    ):
        raise ValueError(f"the statistics of {name} are not those of {scaling}")
    return due


def _check_file(directory: Path, name: str, entry: dict[str, Any], verify_hashes: bool) -> None:
    path = directory / name
    if path.is_symlink() or path.parent.is_symlink():
        raise UserError(f"{path}: is a link, which prepared data never holds; {REMEDY}")
    if not path.is_file():
        raise UserError(f"{path}: no such file, though the manifest lists it; {REMEDY}")
    size = path.stat().st_size
    if size != entry["bytes"]:
        raise UserError(
            f"{path}: has {size} bytes where the manifest says {entry['bytes']}; {REMEDY}"
        )
    if verify_hashes:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != entry["sha256"]:
            raise UserError(f"{path}: its hash is not the manifest's; it was changed; {REMEDY}")


def _map(path: Path, layout: Layout) -> np.ndarray:
    array = map_array(path)
    found = "U" if array.dtype.kind == "U" else array.dtype.newbyteorder("<").str
    if found not in layout.dtypes or array.shape != layout.shape:
        raise UserError(
            f"{path}: holds {array.dtype} of shape {array.shape} where "
            f"{' or '.join(layout.dtypes)} of shape {layout.shape} is due; {REMEDY}"
        )
    return array


def _read_titles(path: Path, num_items: int) -> tuple[str | None, ...]:
    titles = _read_json(path, path.stat().st_size)
    if (
        not isinstance(titles, list)
        or len(titles) != num_items
        or not all(title is None or isinstance(title, str) for title in titles)
    ):
        raise UserError(f"{path}: not one title or null for each of {num_items} items; {REMEDY}")
    return tuple(titles)
