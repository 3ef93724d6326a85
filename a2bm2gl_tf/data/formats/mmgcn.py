"""MMGCN's layout: pairs, lists of held-out items, and features row by row."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Content, Vectors, WordCounts
from a2bm2gl_tf.data.features.word_counts import pair_word_counts
from a2bm2gl_tf.data.formats.item_offset import decide_offset
from a2bm2gl_tf.data.formats.parts_of_pairs import join_parts
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.arrays import load_array
from a2bm2gl_tf.data.reading.item_lists import ItemLists
from a2bm2gl_tf.data.reading.object_arrays import load_user_dictionary, load_user_rows
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.data.reading.real_rows import real_rows
from a2bm2gl_tf.data.reading.torch_files import load_tensors
from a2bm2gl_tf.errors import UserError

# What the files of the full release and of the samples are called.
_TRAIN = ("train.npy", "train_sample.npy")
_HELD_OUT = {
    VALIDATION: ("val_full.npy", "val.npy", "val_sample.npy"),
    TEST: ("test_full.npy", "test.npy", "test_sample.npy"),
}
_DICTIONARY = ("user_item_dict.npy", "user_item_dict_sample.npy")
_FEATURES = {
    "visual": ("FeatureVideo_normal", "feat_v", "v_feat", "v_feat_sample"),
    "acoustic": ("FeatureAudio_avg_normal", "feat_a", "a_feat", "a_feat_sample"),
    "textual": ("FeatureText_stl_normal", "feat_t", "t_feat", "t_feat_sample"),
}


def _read(path: Path, options: FormatOptions) -> RawData:
    """Reads training pairs, the held-out lists, the dictionary and the features of a folder.

    Item ids become row numbers of the features, from 0. Whether the file adds the number of users
    to them is decided by `item_offset.decide_offset`. A textual tensor of two rows of whole numbers
    lists (item, word): its first row is sorted and reaches to the last item. The dictionary of all
    users must agree with the training pairs or with all pairs.
    """
    folder = require_directory(path, "input")
    train_path = _find(folder, _TRAIN)
    if train_path is None:
        raise UserError(f"--input={path}: holds no {' or '.join(_TRAIN)}; give another folder")
    pairs = _read_pairs(train_path)
    held_paths = {part: _find(folder, names) for part, names in _HELD_OUT.items()}
    held_out = {part: load_user_rows(p) for part, p in held_paths.items() if p is not None}
    files = [train_path, *(p for p in held_paths.values() if p is not None)]
    raw = [(TRAIN, pairs[:, 0], pairs[:, 1])]
    raw += [(part, lists.owners(), lists.items) for part, lists in held_out.items()]
    users = np.concatenate([pairs[:, 0], *(lists.users for lists in held_out.values())])
    counts = {"records": sum(len(part[1]) for part in raw)}
    dictionary = _find(folder, _DICTIONARY)
    if dictionary is not None:
        lists = load_user_dictionary(dictionary)
        _check_dictionary(dictionary, lists, raw)
        users = np.concatenate([users, lists.users])
        files.append(dictionary)
    arrays = _read_arrays(folder)
    num_users = int(users.max()) + 1
    rows = _num_rows(arrays)
    items = np.concatenate([part[2] for part in raw])
    offset = decide_offset(train_path, items, num_users, rows, options.item_offset)
    counts["item offset"] = offset
    contents = tuple(_content(name, file, array, rows) for name, (file, array) in arrays.items())
    interactions = join_parts(
        [(part, owners, found - offset) for part, owners, found in raw],
        num_items=rows,
        more_users=np.unique(users),
    )
    files += [file for file, _ in arrays.values()]
    return RawData(interactions, contents, files=tuple(files), counts=counts)


def _read_pairs(path: Path) -> np.ndarray:
    pairs = load_array(path)
    if pairs.dtype.kind not in "iu" or pairs.ndim != 2 or pairs.shape[1] != 2 or not len(pairs):
        raise UserError(
            f"{path}: holds {pairs.dtype} of shape {pairs.shape}; give whole numbers, "
            "a user and an item a row"
        )
    beyond = (pairs < 0).any(axis=1) | (pairs >= 2**31).any(axis=1)
    if beyond.any():
        row = int(beyond.argmax())
        raise UserError(
            f"{path}: row {row + 1}: {pairs[row].tolist()} is not a user and an item from 0 to "
            "2147483647; mend the row"
        )
    return pairs.astype(np.int64)


def _check_dictionary(path: Path, lists: ItemLists, raw: list) -> None:
    """The dictionary repeats the training pairs, or all pairs; anything else is another release."""
    found = _distinct_pairs(lists.owners(), lists.items)
    train = _distinct_pairs(*raw[0][1:])
    everything = _distinct_pairs(*(np.concatenate([part[i] for part in raw]) for i in (1, 2)))
    if not (np.array_equal(found, train) or np.array_equal(found, everything)):
        raise UserError(
            f"{path}: its {len(found)} pairs are neither the {len(train)} training pairs nor all "
            f"{len(everything)}; use files of the same release, or move it away"
        )


def _distinct_pairs(users: np.ndarray, items: np.ndarray) -> np.ndarray:
    return np.unique(np.stack([users, items], axis=1), axis=0)


def _read_arrays(folder: Path) -> dict[str, tuple[Path, np.ndarray]]:
    arrays = {}
    for name, stems in _FEATURES.items():
        file = _find(folder, [stem + ending for stem in stems for ending in (".npy", ".pt")])
        if file is None:
            continue
        if file.suffix == ".npy":
            arrays[name] = (file, load_array(file))
            continue
        tensor = load_tensors(file)
        if isinstance(tensor, dict):
            raise UserError(f"{file}: holds {len(tensor)} tensors; save the features alone")
        arrays[name] = (file, tensor)
    return arrays


def _is_word_list(array: np.ndarray) -> bool:
    return array.dtype.kind in "iu" and array.ndim == 2 and array.shape[0] == 2


def _num_rows(arrays: dict[str, tuple[Path, np.ndarray]]) -> int | None:
    """V by the features, or None where there are none with a row an item."""
    aligned = {file: len(array) for file, array in arrays.values() if not _is_word_list(array)}
    if len(set(aligned.values())) > 1:
        said = ", ".join(f"{file.name} {rows}" for file, rows in aligned.items())
        raise UserError(
            f"{next(iter(aligned))}: numbers of rows differ ({said}); use files of one release"
        )
    return next(iter(aligned.values()), None)


def _content(name: str, file: Path, array: np.ndarray, num_items: int | None) -> Content:
    if _is_word_list(array):
        return _word_counts(name, file, array, num_items)
    rows = real_rows(file, array)
    present = rows.any(axis=1)
    return Vectors(name, np.flatnonzero(present), file, rows[present])


def _word_counts(name: str, file: Path, pairs: np.ndarray, num_items: int | None) -> WordCounts:
    items, words = pairs.astype(np.int64)
    if pairs.min() < 0:
        raise UserError(f"{file}: holds a negative number; give items and words from 0")
    # Words are many more than items in no release, so the range alone would not tell the two.
    if (np.diff(items) < 0).any() or (num_items is not None and items.max() >= num_items):
        raise UserError(
            f"{file}: its first row is no ascending list of item rows below {num_items}; "
            "give items in row 1 and words in row 2"
        )
    return pair_word_counts(name, items, words, file)


def _find(folder: Path, names) -> Path | None:
    found = [folder / name for name in names if (folder / name).exists()]
    if len(found) > 1:
        raise UserError(f"{found[1]}: {found[0].name} holds the same; keep one of them")
    return found[0] if found else None


def _detect(path: Path) -> str | None:
    for train in _TRAIN:
        for held_out in _HELD_OUT[TEST]:
            if (path / train).is_file() and (path / held_out).is_file():
                return f"it holds {train} and {held_out}"
    return None


register_format(
    Format(
        "mmgcn",
        "MMGCN: train.npy, val_full.npy, test_full.npy and features, or its samples; "
        "--item_offset=none or num_users where the data does not tell",
        _detect,
        _read,
        frozenset({"item_offset"}),
    )
)
