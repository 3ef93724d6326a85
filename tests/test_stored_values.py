import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.stored_values import from_fields, is_finite, is_number, read_json


@dataclasses.dataclass(frozen=True)
class Inner:
    deep: bool = False


@dataclasses.dataclass(frozen=True)
class Settings:
    number: int
    part: float = 0.5
    name: str | None = None
    sizes: tuple[int, ...] = ()
    folder: Path | None = None
    inner: Inner = dataclasses.field(default_factory=Inner)
    means: dict[str, float | None] = dataclasses.field(default_factory=dict)
    own: dict[str, Any] = dataclasses.field(default_factory=dict)


def test_what_was_stored_comes_back():
    made = Settings(3, 2, "x", (1, 2), Path("/a"), Inner(True), {"a": None}, {"hidden": [8, 4]})
    stored = json.loads(json.dumps(dataclasses.asdict(made), default=str))
    assert from_fields(Settings, stored) == made
    assert from_fields(Settings, {"number": 1}) == Settings(1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": "3"}, "number is '3', not of type int"),
        ({"number": True}, "number is 'True', not of type int"),
        ({"number": 2.0}, "number is '2.0', not of type int"),
        ({"number": 10**30}, "number is not finite or beyond 64 bits"),
        ({"part": float("nan")}, "part is not finite"),
        ({"part": None}, "part is 'None'"),
        ({"name": 7}, "name is '7', not of type str"),
        ({"folder": "/a\0b"}, "folder is .*not of type Path"),
        ({"sizes": [1, "2"]}, "sizes is '2'"),
        ({"sizes": 3}, "sizes is '3'"),
        ({"inner": {"deep": 1}}, "deep is '1', not of type bool"),
        ({"inner": []}, "Inner is no object"),
        ({"means": {"a": 0.5, "b": "0.5"}}, r"means\.b is '0\.5', not of type float"),
        ({"means": [0.5]}, "means is"),
        ({"own": [1]}, "own is"),
        ({"other": 1}, "'other' is no setting"),
    ],
)
def test_other_types_are_refused_by_name(change, said):
    with pytest.raises(TypeError, match=said):
        from_fields(Settings, {"number": 1, **change})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not valid JSON"),
        (b"\xff{}", "not valid JSON"),
        (b"[" * 200_000, "not valid JSON"),
        (b"9" * 5000, "not valid JSON"),
        (b" " * 2000 + b"{}", "has 2002 bytes, too many"),
    ],
)
def test_what_is_no_json_ends_in_one_line(tmp_path, content, said):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    largest = 1000 if "too many" in said else 1 << 26
    with pytest.raises(UserError, match=rf"a\.json: .*{said}.*; make it anew"):
        read_json(path, "make it anew", largest)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(UserError, match=r"none\.json: No such file or directory; make it anew"):
        read_json(tmp_path / "none.json", "make it anew")


def test_numbers():
    assert all(map(is_number, (0, 1.5, -3, float("nan"), 2**63 - 1)))
    assert not any(map(is_number, (True, "1", None, 10**400, 2**63, [])))
    assert is_finite(1e300)
    assert not is_finite(float("nan"))
