"""Whether the arrays of a prepared directory belong together and hold what they may hold."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.features.scaled_encoding import hash_array
from a2bm2gl_tf.data.preparation.layout import MANIFEST, REMEDY, array_files, statistic_file
from a2bm2gl_tf.data.preparation.result import Prepared, count
from a2bm2gl_tf.errors import UserError

_BLOCK_VALUES = 2**22


def check_arrays(directory: Path, prepared: Prepared) -> None:
    """Refuses arrays that do not belong together, or hold what no preparation writes.

    Args:
      directory: where they are, for messages.
      prepared: with the manifest as its record; types and shapes are those of the layout.

    Raises:
      UserError: naming the file that is not as it should be.
    """
    users, items = prepared.users, prepared.items
    num_users, num_items = len(prepared.user_ids), len(prepared.item_ids)
    for name, rows, length in (("users", users, num_users), ("items", items, num_items)):
        if rows.min() < 0 or rows.max() >= length:
            raise UserError(f"{directory / name}.npy: a row is not 0 to {length - 1}; {REMEDY}")
    pairs = users.astype(np.int64) * num_items + items
    if (pairs[1:] <= pairs[:-1]).any():
        raise UserError(
            f"{directory}: the pairs of users.npy and items.npy are not sorted or repeat; {REMEDY}"
        )
    for name, ids in (("user_ids", prepared.user_ids), ("item_ids", prepared.item_ids)):
        if (ids[1:] <= ids[:-1]).any():
            raise UserError(f"{directory / name}.npy: ids are not ascending; {REMEDY}")
    for entry in prepared.record["modalities"]:
        for name, values in prepared.statistics[entry["name"]].items():
            said = entry["scaling_parameters"]["statistics"][name]["sha256"]
            if hash_array(values) != said:
                file = directory / statistic_file(entry["name"], name)
                raise UserError(f"{file}: is not what the features were scaled with; {REMEDY}")
    if prepared.parts.max() > 2:
        raise UserError(f"{directory / 'parts.npy'}: a part is not 0, 1 or 2; {REMEDY}")
    if prepared.values is not None and not np.isfinite(prepared.values).all():
        raise UserError(f"{directory / 'values.npy'}: a value is not finite; {REMEDY}")
    # Whoever opens the data reads the features anyway, for a digest and a model. Here it takes no
    # memory, and is the last place that knows the file.
    for modality in prepared.modalities:
        fault = _fault_of_features(modality)
        if fault:
            file = directory / array_files(modality.name)[0]
            raise UserError(f"{file}: {fault}; {REMEDY}")
    if count(prepared) != prepared.record["counts"]:
        raise UserError(f"{directory / MANIFEST}: its counts are not those of the arrays; {REMEDY}")


def _fault_of_features(modality: Modality) -> str:
    """What is wrong with the values of a modality; empty where nothing is."""
    rows = max(1, _BLOCK_VALUES // modality.dimension)
    for start in range(0, len(modality.features), rows):
        block = modality.features[start : start + rows]
        if not np.isfinite(block).all():
            return "a feature is not finite"
        if block[~modality.present[start : start + rows]].any():
            return "the features of an item that the mask leaves out are not zero"
    return ""
