"""What does not fit is refused before it is made."""

import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models import memory


def test_the_message_has_both_numbers_and_a_way_out(monkeypatch):
    monkeypatch.setattr(memory, "machine_memory_bytes", lambda: 2 * 2**30)
    memory.require_memory(2 * 2**30, "--model=m: weights", "take another")
    with pytest.raises(UserError, match=r"weights take 2\.5 GiB.* has 2\.0 GiB; take another"):
        memory.require_memory(5 * 2**29, "--model=m: weights", "take another")


def test_a_system_that_does_not_tell_is_trusted(monkeypatch):
    monkeypatch.delattr(memory.os, "sysconf")
    monkeypatch.setattr(memory, "_PROC_CGROUP", "/no/such/file")
    assert memory.machine_memory_bytes() is None
    assert memory.memory_limit_bytes() is None
    memory.require_memory(2**60, "everything", "")


@pytest.mark.parametrize(
    ("groups", "limits", "expected"),
    [
        ("0::/a/b\n", {"a/b/memory.max": "max", "a/memory.max": "1000000"}, 1_000_000),
        ("0::/a/b\n", {"a/b/memory.max": "500000", "memory.max": "900000"}, 500_000),
        ("0::/host/only\n", {"memory.max": "700000"}, 700_000),
        ("4:cpu,memory:/a\n0::/x\n", {"memory/a/memory.limit_in_bytes": "800000"}, 800_000),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": str(2**63 - 4096)}, 2**40),
        ("", {}, 2**40),
    ],
)
def test_a_control_group_may_allow_less_than_the_machine_has(
    monkeypatch, tmp_path, groups, limits, expected
):
    for name, text in limits.items():
        path = tmp_path / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    (tmp_path / "groups").write_text(groups)
    monkeypatch.setattr(memory, "_CGROUPS", str(tmp_path / "cgroup"))
    monkeypatch.setattr(memory, "_PROC_CGROUP", str(tmp_path / "groups"))
    monkeypatch.setattr(memory, "machine_memory_bytes", lambda: 2**40)
    assert memory.memory_limit_bytes() == expected


def test_what_others_hold_is_not_available_and_ones_own_memory_is(monkeypatch):
    fields = {"MemAvailable": 300, "VmRSS": 20}
    monkeypatch.setattr(memory, "_field", lambda path, name: fields[name])
    monkeypatch.setattr(memory, "memory_limit_bytes", lambda: 1000)
    assert memory.available_memory_bytes() == 320
    monkeypatch.setattr(memory, "memory_limit_bytes", lambda: 310)
    assert memory.available_memory_bytes() == 310
