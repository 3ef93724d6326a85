"""Opening a prepared directory, trusting nothing that it says of itself."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.features.scaled_encoding import hash_array
from a2bm2gl_tf.data.features.scaling import SCALINGS, row_scaling, statistic_names
from a2bm2gl_tf.data.preparation.layout import (
    MANIFEST,
    TITLES,
    Layout,
    array_files,
    array_layouts,
    is_modality_name,
    statistic_file,
)
from a2bm2gl_tf.data.preparation.manifest import check_manifest
from a2bm2gl_tf.data.preparation.result import Prepared, count
from a2bm2gl_tf.data.reading.arrays import map_array
from a2bm2gl_tf.errors import UserError

_LARGEST_MANIFEST = 2**26
_OPTIONAL = ("values.npy", "times.npy")
_REMEDY = "prepare the data again"


def open_prepared(directory: Path, *, verify_hashes: bool = False) -> Prepared:
    """Opens what `write_prepared` wrote.

    Only names that a prepared directory can have are opened; sizes, types and shapes are compared
    with the manifest, and the arrays with each other.

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
        raise UserError(f"{path}: not a manifest of prepared data ({error}); {_REMEDY}") from error
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
    _check_arrays(directory, prepared)
    return prepared


def _read_json(path: Path, largest: int) -> Any:
    if path.is_symlink() or path.stat().st_size > largest:
        raise UserError(f"{path}: is a link or too large; {_REMEDY}")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0][:80]
        raise UserError(f"{path}: not valid JSON ({reason}); {_REMEDY}") from error
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; make it readable") from error


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
        raise UserError(f"{path}: is a link, which prepared data never holds; {_REMEDY}")
    if not path.is_file():
        raise UserError(f"{path}: no such file, though the manifest lists it; {_REMEDY}")
    size = path.stat().st_size
    if size != entry["bytes"]:
        raise UserError(
            f"{path}: has {size} bytes where the manifest says {entry['bytes']}; {_REMEDY}"
        )
    if verify_hashes:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != entry["sha256"]:
            raise UserError(f"{path}: its hash is not the manifest's; it was changed; {_REMEDY}")


def _map(path: Path, layout: Layout) -> np.ndarray:
    array = map_array(path)
    found = "U" if array.dtype.kind == "U" else array.dtype.newbyteorder("<").str
    if found not in layout.dtypes or array.shape != layout.shape:
        raise UserError(
            f"{path}: holds {array.dtype} of shape {array.shape} where "
            f"{' or '.join(layout.dtypes)} of shape {layout.shape} is due; {_REMEDY}"
        )
    return array


def _read_titles(path: Path, num_items: int) -> tuple[str | None, ...]:
    titles = _read_json(path, path.stat().st_size)
    if (
        not isinstance(titles, list)
        or len(titles) != num_items
        or not all(title is None or isinstance(title, str) for title in titles)
    ):
        raise UserError(f"{path}: not one title or null for each of {num_items} items; {_REMEDY}")
    return tuple(titles)


def _check_arrays(directory: Path, prepared: Prepared) -> None:
    """Refuses arrays that do not belong together."""
    users, items = prepared.users, prepared.items
    num_users, num_items = len(prepared.user_ids), len(prepared.item_ids)
    for name, rows, length in (("users", users, num_users), ("items", items, num_items)):
        if rows.min() < 0 or rows.max() >= length:
            raise UserError(f"{directory / name}.npy: a row is not 0 to {length - 1}; {_REMEDY}")
    pairs = users.astype(np.int64) * num_items + items
    if (pairs[1:] <= pairs[:-1]).any():
        raise UserError(
            f"{directory}: the pairs of users.npy and items.npy are not sorted or repeat; {_REMEDY}"
        )
    for name, ids in (("user_ids", prepared.user_ids), ("item_ids", prepared.item_ids)):
        if (ids[1:] <= ids[:-1]).any():
            raise UserError(f"{directory / name}.npy: ids are not ascending; {_REMEDY}")
    for entry in prepared.record["modalities"]:
        for name, values in prepared.statistics[entry["name"]].items():
            said = entry["scaling_parameters"]["statistics"][name]["sha256"]
            if hash_array(values) != said:
                file = directory / statistic_file(entry["name"], name)
                raise UserError(f"{file}: is not what the features were scaled with; {_REMEDY}")
    if prepared.parts.max() > 2:
        raise UserError(f"{directory / 'parts.npy'}: a part is not 0, 1 or 2; {_REMEDY}")
    if count(prepared) != prepared.record["counts"]:
        raise UserError(
            f"{directory / MANIFEST}: its counts are not those of the arrays; {_REMEDY}"
        )
