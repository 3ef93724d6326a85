"""Whether something large fits into the machine, asked before it is made."""

import os

from a2bm2gl_tf.errors import UserError


def machine_memory_bytes() -> int | None:
    """The machine's physical memory; None where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def require_memory(needed: int, what: str, advice: str) -> None:
    """Refuses what the machine cannot hold.

    Args:
      needed: bytes.
      what: what takes them, with the flag it comes from: "--model=ease: 40,981 x 40,981 weights".
      advice: what to do instead.

    Raises:
      UserError: with both numbers.
    """
    memory = machine_memory_bytes()
    if memory is not None and needed > memory:
        raise UserError(
            f"{what} take {needed / 2**30:.1f} GiB, this machine has {memory / 2**30:.1f} GiB; "
            f"{advice}"
        )
