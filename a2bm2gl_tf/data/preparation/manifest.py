"""What a manifest must hold, for whoever reads one to rely on."""

from typing import Any

from a2bm2gl_tf.data.preparation.layout import SCHEMA_VERSION

_COUNT = "a whole number of 0 or more"
_SIZE = "a whole number of 1 or more"
_NUMBER = "a number"
_TEXT = "text"
_ANY = "any value"

# A dict names the fields that must be there; {None: x} is any number of fields that are x; [x] is
# a list of x.
_SCHEMA = {
    "schema_version": _SIZE,
    "name": _TEXT,
    "format": _TEXT,
    "reading": {None: _COUNT},
    "counts": {
        "users": _SIZE,
        "items": _SIZE,
        "interactions": _SIZE,
        "sparsity_percent": _NUMBER,
        "folds": [
            {
                "train": _COUNT,
                "validation": _COUNT,
                "test": _COUNT,
                "users_without_training": _COUNT,
                "items_without_training": _COUNT,
            }
        ],
    },
    "filters": [
        {
            "name": _TEXT,
            "parameters": {None: _ANY},
            "removed": {"interactions": _COUNT, "users": _COUNT, "items": _COUNT},
            "details": {None: _ANY},
        }
    ],
    "split": {"name": _TEXT, "recipe": _TEXT, "seed": _COUNT},
    "policies": {"missing_features": _TEXT, "extra_items": _TEXT, "items_added": _COUNT},
    "modalities": [
        {
            "name": _TEXT,
            "width": _SIZE,
            "present": _COUNT,
            "extra_items": _COUNT,
            "encoder": _TEXT,
            "parameters": {None: _ANY},
            "computation": _TEXT,
            "libraries": [_TEXT],
            "scaling": _TEXT,
            "scaling_parameters": {
                "scaling": _TEXT,
                "fitted_rows": _SIZE,
                "statistics": {None: {"shape": [_SIZE], "sha256": _TEXT}},
            },
        }
    ],
    "inputs": [{"name": _TEXT, "bytes": _COUNT, "sha256": _TEXT}],
    "files": {None: {"bytes": _SIZE, "sha256": _TEXT}},
    "library_versions": {None: _TEXT},
}

_HOLDS = {
    _COUNT: lambda value: type(value) is int and value >= 0,
    _SIZE: lambda value: type(value) is int and value >= 1,
    _NUMBER: lambda value: type(value) in (int, float),
    _TEXT: lambda value: isinstance(value, str),
    _ANY: lambda value: True,
}


def check_manifest(manifest: Any) -> None:
    """Compares a manifest, as JSON gave it, with the schema.

    Raises:
      ValueError: naming the field that is missing or not of its kind.
    """
    version = manifest.get("schema_version") if isinstance(manifest, dict) else None
    if type(version) is int and version != SCHEMA_VERSION:
        raise ValueError(f"schema version {version} where this program reads {SCHEMA_VERSION}")
    _check(manifest, _SCHEMA, "")
    if not manifest["counts"]["folds"]:
        raise ValueError("counts.folds is empty")


def _check(value: Any, schema: Any, place: str) -> None:
    called = place.removeprefix(".") or "the manifest"
    if isinstance(schema, str):
        if not _HOLDS[schema](value):
            raise ValueError(f"{called[:200]} is not {schema}")
    elif isinstance(schema, list):
        if not isinstance(value, list):
            raise ValueError(f"{called} is not a list")
        for position, entry in enumerate(value):
            _check(entry, schema[0], f"{place}[{position}]")
    else:
        if not isinstance(value, dict):
            raise ValueError(f"{called} is not an object")
        fields = dict.fromkeys(value, schema[None]) if None in schema else schema
        for name, entry in fields.items():
            if name not in value:
                raise ValueError(f"{called} has no {name}")
            _check(value[name], entry, f"{place}.{name}")
