"""What the commands that compare or search have in common: checks, and the run."""

import logging
from pathlib import Path

from a2bm2gl_tf.commands.build import check_top_k, protocol_line
from a2bm2gl_tf.comparison.plan import Comparison, DataSummary, Rules
from a2bm2gl_tf.comparison.runner import run_missing
from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.comparison.worker import MethodProcess
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.fingerprint import data_fingerprint
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig

_LOGGER = logging.getLogger(__name__)


def output_directory(name: str | None, of: str = "comparison") -> Path:
    """The directory of --output_dir.

    Args:
      name: what was given.
      of: what the directory is of.

    Raises:
      UserError: if it is not given, or is a file.
    """
    if not name:
        raise UserError(f"--output_dir is missing: name the directory of the {of}")
    directory = Path(name)
    if directory.exists() and not directory.is_dir():
        raise UserError(f"--output_dir={directory}: is a file; give a folder, new or not")
    return directory


def parse_seeds(texts: list[str]) -> tuple[int, ...]:
    """The seeds of --seeds, in their order.

    Raises:
      UserError: if they are not distinct integers of 0 or more.
    """
    whole = all(text.isdecimal() for text in texts)
    if not texts or not whole or len(set(map(int, texts))) < len(texts):
        raise UserError(
            f"--seeds={','.join(texts)}: give integers of 0 or more, each once, such as 0,1,2"
        )
    return tuple(map(int, texts))


def check_comparable(dataset: Dataset, rules: Rules) -> None:
    """Refuses data that nothing can be compared on.

    Raises:
      UserError: naming what it lacks.
    """
    check_top_k(rules.evaluation.top_k, dataset.num_items)
    for name, part in (("validation", dataset.validation), ("test", dataset.test)):
        if not part.nnz:
            raise UserError(
                f"--dataset={dataset.name}: has no {name} interactions, which a comparison needs; "
                "prepare it with some"
            )


def summary_of(dataset: Dataset, evaluation: EvaluationConfig) -> DataSummary:
    """What tables say of a dataset."""
    content = ", ".join(f"{m.name} ({m.dimension})" for m in dataset.modalities)
    return DataSummary(
        fingerprint=data_fingerprint(dataset),
        name=dataset.name,
        sizes=f"{dataset.num_users:,} users, {dataset.num_items:,} items, {dataset.train.nnz:,} + "
        f"{dataset.validation.nnz:,} + {dataset.test.nnz:,} interactions; "
        f"{content or 'no content'}",
        protocol=protocol_line(dataset, evaluation),
        has_content=bool(dataset.modalities),
    )


def run_all(
    comparison: Comparison, dataset: Dataset, store: ResultStore, retry_failed: bool
) -> int:
    """Runs what the store lacks of a comparison and returns how many cells that were."""
    store.claim()
    store.begin(comparison)
    try:
        return run_missing(
            comparison,
            store,
            lambda name: MethodProcess(name, dataset, store.directory),
            retry_failed,
        )
    except KeyboardInterrupt:
        _LOGGER.warning("interrupted; the same command goes on from there")
        raise
