"""The methods of the benchmark by name; one is imported only where it is measured."""

import dataclasses
import importlib
from typing import Any

from a2bm2gl_tf.benchmarks.task import Peer, Task
from a2bm2gl_tf.errors import UserError


@dataclasses.dataclass(frozen=True)
class Entry:
    """Where a method is.

    Attributes:
      title: what the table calls it.
      module: a module of `peers`.
      name: its class.
      arguments: what the class takes beside the task.
      trains: False where the row is about evaluation alone.
    """

    title: str
    module: str
    name: str
    arguments: dict[str, Any] = dataclasses.field(default_factory=dict)
    trains: bool = True


METHODS: dict[str, Entry] = {
    "a2bm2gl": Entry("A2BM2GL, collaborative, adaptive loss", "this_project", "ThisProject"),
    "lightgcn": Entry(
        "LightGCN graph, adaptive loss", "this_project", "ThisProject", {"model": "lightgcn"}
    ),
    "lightgcn_torch": Entry("LightGCN, PyTorch", "lightgcn_torch", "TorchLightGCN"),
    "lightgcn_torch_once": Entry(
        "LightGCN, PyTorch, evaluation alone",
        "lightgcn_torch",
        "TorchLightGCN",
        {"propagate_per_batch": False},
        trains=False,
    ),
    "implicit_als": Entry("ALS, implicit", "implicit_library", "ImplicitModel", {"kind": "als"}),
    "implicit_bpr": Entry("BPR, implicit", "implicit_library", "ImplicitModel", {"kind": "bpr"}),
    "ease": Entry("EASE, NumPy", "ease", "Ease"),
    "naive_tensorflow": Entry("naive TensorFlow", "naive_tensorflow", "NaiveTensorFlow"),
}


def build_peer(name: str, task: Task) -> Peer:
    """Builds a method for a task.

    Raises:
      NotMeasured: a package is missing, or the task is too large for the method.
      UserError: no method has that name.
    """
    check_methods([name])
    entry = METHODS[name]
    module = importlib.import_module(f"a2bm2gl_tf.benchmarks.peers.{entry.module}")
    return getattr(module, entry.name)(task, **entry.arguments)


def check_methods(names: list[str]) -> None:
    """Refuses names that are not in `METHODS`, given twice, or none at all.

    Raises:
      UserError: naming the flag.
    """
    unknown = [name for name in names if name not in METHODS]
    if unknown or not names or len(set(names)) < len(names):
        raise UserError(
            f"--methods={','.join(names)}: choose some of {', '.join(METHODS)}, each once"
        )
