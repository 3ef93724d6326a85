"""MMGCN's layout: pairs, lists of held-out items, and features row by row."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.aligned_files import aligned_modality, as_vectors
from a2bm2gl_tf.data.features.content import Content, WordCounts
from a2bm2gl_tf.data.features.word_counts import pair_word_counts
from a2bm2gl_tf.data.formats.item_offset import decide_offset
from a2bm2gl_tf.data.formats.parts_of_pairs import join_parts
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.arrays import load_array
from a2bm2gl_tf.data.reading.item_lists import ItemLists
from a2bm2gl_tf.data.reading.object_arrays import load_user_dictionary, load_user_rows
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.data.reading.real_rows import require_real_table
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
    lists pairs of item and word. The dictionary must hold the training pairs; MMGCN masks its items
    at evaluation, and in the samples it equals the training data. Further pairs of it are no
    contradiction, so they are counted and do not become interactions.
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
        counts |= _check_dictionary(dictionary, lists, raw, train_path)
        users = np.concatenate([users, lists.users])
        files.append(dictionary)
    arrays = _read_arrays(folder)
    num_users = int(users.max()) + 1
    rows = _num_rows(arrays)
    items = np.concatenate([part[2] for part in raw])
    offset = decide_offset(train_path, items, num_users, rows, options.item_offset)
    counts["item offset"] = offset
    num_items = int(items.max()) - offset + 1 if rows is None else rows
    contents = tuple(
        _content(name, file, array, num_items) for name, (file, array) in arrays.items()
    )
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


def _check_dictionary(
    path: Path, lists: ItemLists, raw: Sequence[tuple[int, np.ndarray, np.ndarray]], train: Path
) -> dict[str, int]:
    """Counts the dictionary's pairs beyond the training data, which it must hold."""
    sources = [(lists.owners(), lists.items), *(part[1:] for part in raw)]
    users, items = (np.concatenate([source[column] for source in sources]) for column in (0, 1))
    _, codes = np.unique(np.stack([users, items], axis=1), axis=0, return_inverse=True)
    sizes = [len(source[0]) for source in sources]
    known, trained, *held_out = np.split(codes.reshape(-1), np.cumsum(sizes)[:-1])
    absent = ~np.isin(trained, known)
    if absent.any():
        row = int(absent.argmax())
        raise UserError(
            f"{train}: row {row + 1}: item {raw[0][2][row]} of user {raw[0][1][row]} is not in "
            f"{path.name}; use files of the same release"
        )
    further = np.setdiff1d(known, trained)
    inside = int(np.isin(further, np.concatenate([np.empty(0, np.int64), *held_out])).sum())
    return {
        "pairs of the dictionary in held-out lists only": inside,
        "pairs of the dictionary in no file": len(further) - inside,
    }


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


def _content(name: str, file: Path, array: np.ndarray, num_items: int) -> Content:
    if _is_word_list(array):
        return _word_counts(name, file, array, num_items)
    modality = aligned_modality(name, require_real_table(file, array), file, num_items)
    return as_vectors(modality, np.arange(num_items), file)


def _word_counts(name: str, file: Path, pairs: np.ndarray, num_items: int) -> WordCounts:
    """Bags of words from pairs; which row holds items is told from the values.

    Items are numbers below V. In the TikTok sample (V = 1,651; 12,950 pairs) the first row holds
    each number from 0 to 1,650 and no other, the second reaches 11,570: the first holds items.
    """
    if not pairs.size or pairs.min() < 0:
        raise UserError(f"{file}: is empty or holds a negative number; give items and words from 0")
    fitting = [row for row in (0, 1) if pairs[row].max() < num_items]
    if len(fitting) != 1:
        raise UserError(
            f"{file}: {'both rows hold' if fitting else 'neither row holds'} only numbers below "
            f"the {num_items} items, so items cannot be told from words; "
            "number the words from the number of items on"
        )
    items, words = pairs[fitting[0]].astype(np.int64), pairs[1 - fitting[0]].astype(np.int64)
    return pair_word_counts(name, items, words, file)


def _find(folder: Path, names: Sequence[str]) -> Path | None:
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
        "--item_offset=none, num_users or a number where the data does not tell",
        _detect,
        _read,
        frozenset({"item_offset"}),
    )
)
