"""Checks and lines that several commands share."""

import a2bm2gl_tf.data  # noqa: F401 - makes the readers known
from a2bm2gl_tf.commands.run_config import RunConfig
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig


def check_sizes(config: RunConfig, dataset: Dataset) -> None:
    """Refuses settings that the dataset is too small for.

    Raises:
      UserError: naming the flag.
    """
    items = dataset.num_items
    check_top_k(config.evaluation.top_k, items)
    if config.model_config.knn >= items:
        raise UserError(f"--knn={config.model_config.knn}: there are only {items} items; lower it")


def check_top_k(top_k: tuple[int, ...], num_items: int) -> None:
    """Refuses cut-offs that the dataset is too small for.

    Raises:
      UserError: naming the flag.
    """
    if max(top_k) > num_items:
        raise UserError(f"--top_k={max(top_k)}: there are only {num_items} items; lower it")


def protocol_line(dataset: Dataset, config: EvaluationConfig) -> str:
    """Names the protocol that must stand beside every number."""
    masked = "training and validation" if config.mask_validation else "training"
    return f"{dataset.name}, {dataset.split}; {config.protocol}, {masked} items left out"
