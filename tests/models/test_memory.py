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
    assert memory.machine_memory_bytes() is None
    memory.require_memory(2**60, "everything", "")
