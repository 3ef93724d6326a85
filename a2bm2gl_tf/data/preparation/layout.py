"""Names, types and shapes of the files of a prepared directory."""

import dataclasses
import re

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
TITLES = "titles.json"

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


def array_layouts(
    users: int, items: int, interactions: int, folds: int, widths: dict[str, int]
) -> dict[str, Layout]:
    """What each array file of a directory must be; values and times may be absent.

    Args:
      users: U.
      items: V.
      interactions: n.
      folds: F.
      widths: name of each modality -> f.
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
    return layouts
