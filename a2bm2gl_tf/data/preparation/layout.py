"""Names, types and shapes of the files of a prepared directory."""

import dataclasses
import re

SCHEMA_VERSION = 2
MANIFEST = "manifest.json"
TITLES = "titles.json"
# What to do about a file that is not as it is laid out here.
REMEDY = "prepare the data again"

# Not NAME_mask: that would be the file of modality NAME's mask.
_MODALITY = re.compile(r"(?!.*_mask$)[A-Za-z0-9_]{1,64}", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Layout:
    """What an array file must be.

    Attributes:
      dtypes: the types allowed, as .npy headers write them; "U" stands for any width of text.
      shape: its shape.
    """

    dtypes: tuple[str, ...]
    shape: tuple[int, ...]


def is_modality_name(name: object) -> bool:
    """Whether a modality may be called so: at most 64 letters, digits and underscores."""
    return isinstance(name, str) and _MODALITY.fullmatch(name) is not None


def array_files(modality: str) -> tuple[str, str]:
    """Names of the files of a modality's features and mask."""
    return f"features/{modality}.npy", f"features/{modality}_mask.npy"


def statistic_file(modality: str, statistic: str) -> str:
    """Name of the file of a statistic that a modality was scaled with, such as "mean".

    No modality's name holds a dot, so that this is no other modality's file.
    """
    return f"features/{modality}.{statistic}.npy"


def array_layouts(
    users: int,
    items: int,
    interactions: int,
    folds: int,
    widths: dict[str, int],
    statistics: dict[str, tuple[str, ...]],
) -> dict[str, Layout]:
    """What each array file of a directory must be; values and times may be absent.

    Args:
      users: U.
      items: V.
      interactions: n.
      folds: F.
      widths: name of each modality -> f.
      statistics: name of each modality -> names of the statistics that it was scaled with.
    """
    layouts = {
        "users.npy": Layout(("<i4",), (interactions,)),
        "items.npy": Layout(("<i4",), (interactions,)),
        "parts.npy": Layout(("|u1",), (folds, interactions)),
        "values.npy": Layout(("<f4",), (interactions,)),
        "times.npy": Layout(("<i8",), (interactions,)),
        "user_ids.npy": Layout(("<i8", "U"), (users,)),
        "item_ids.npy": Layout(("<i8", "U"), (items,)),
    }
    for name, width in widths.items():
        features, mask = array_files(name)
        layouts[features] = Layout(("<f4",), (items, width))
        layouts[mask] = Layout(("|b1",), (items,))
        for statistic in statistics[name]:
            layouts[statistic_file(name, statistic)] = Layout(("<f8",), (width,))
    return layouts
