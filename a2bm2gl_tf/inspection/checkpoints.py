"""The checkpoints of a run: of which step, how large, and whether they are whole."""

import re
from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import reason_of
from a2bm2gl_tf.inspection.checkpoint_index import shard_bytes

_INDEX = re.compile(r"step-(\d+)\.index", re.ASCII)


def list_checkpoints(directory: Path) -> list[dict[str, Any]]:
    """The checkpoints below `checkpoints/` of a run, the latest before the best, by step.

    Args:
      directory: of the run.

    Returns:
      For each: "kind" ("latest" or "best"), "step", "bytes", and "fault", empty for one whose files
      have the sizes that its index says. Bytes that changed in place are not found like this;
      `read_all` finds them.
    """
    found = []
    for kind in ("latest", "best"):
        folder = directory / "checkpoints" / kind
        matches = [(_INDEX.fullmatch(path.name), path) for path in folder.glob("step-*.index")]
        for step, index in sorted((int(match[1]), path) for match, path in matches if match):
            files = [index, *folder.glob(f"{index.stem}.data-*")]
            found.append(
                {
                    "kind": kind,
                    "step": step,
                    "bytes": sum(path.stat().st_size for path in files),
                    "fault": _fault(index),
                }
            )
    return found


def read_all(directory: Path, checkpoint: dict[str, Any]) -> str:
    """Reads every tensor of a checkpoint, against its checksums; loads TensorFlow.

    Args:
      directory: of the run.
      checkpoint: of `list_checkpoints`; those of a refit are of a kind such as "refit best".

    Returns:
      What is wrong with it, empty if nothing is.
    """
    import tensorflow as tf

    from a2bm2gl_tf.training.checkpoint_folder import UNREADABLE

    *stage, kind = checkpoint["kind"].split()
    folder = directory.joinpath(*stage, "checkpoints", kind)
    prefix = folder / f"step-{checkpoint['step']}"
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    except UNREADABLE as error:
        return reason_of(error)
    return ""


def _fault(index: Path) -> str:
    try:
        sizes = shard_bytes(index)
    except (OSError, ValueError) as error:
        return f"{index.name}: {error}"
    for path, size in sizes.items():
        there = path.stat().st_size if path.is_file() else None
        if there is None:
            return f"{path.name} is missing"
        if there < size:
            return f"{path.name} has {there:,} of {size:,} bytes"
    return ""
