"""From settings to the objects of a run."""

import numpy as np
import scipy.sparse as sp

import a2bm2gl_tf.data  # noqa: F401 - makes the readers known
from a2bm2gl_tf.commands.run_config import EvaluationConfig, RunConfig
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.evaluate import EvaluationResult, evaluate
from a2bm2gl_tf.evaluation.scoring import embedding_scores
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.losses.registry import build_loss
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.models.registry import build_model


def check_sizes(config: RunConfig, dataset: Dataset) -> None:
    """Refuses settings that the dataset is too small for.

    Raises:
      UserError: naming the flag.
    """
    items = dataset.num_items
    if config.model_config.knn >= items:
        raise UserError(f"--knn={config.model_config.knn}: there are only {items} items; lower it")
    if max(config.evaluation.top_k) > items:
        raise UserError(
            f"--top_k={max(config.evaluation.top_k)}: there are only {items} items; lower it"
        )


def build_model_and_objective(config: RunConfig, dataset: Dataset) -> tuple[Recommender, Objective]:
    """Builds the model on the dataset's training split, and its loss.

    Raises:
      UserError: where the settings do not fit the data or the machine.
    """
    model = build_model(config.model, dataset, config.model_config)
    item_degrees = np.asarray(dataset.train.sum(axis=0)).ravel()
    loss = build_loss(config.loss, config.model_config.dimension, item_degrees)
    return model, Objective(loss, config.loss, dataset.num_users)


def evaluate_model(
    model: Recommender,
    positives: sp.csr_matrix,
    seen: sp.csr_matrix,
    config: EvaluationConfig,
    with_auc: bool = True,
) -> EvaluationResult:
    """Scores a model's final embeddings under the configured protocol.

    Args:
      model: the model.
      positives: (U, V) interactions to be found.
      seen: (U, V) interactions that are left out of the candidates.
      config: cut-offs, protocol and seed.
      with_auc: also computes the AUC, which takes several times as long as all else.
    """
    users, items = model.embeddings()
    scores = embedding_scores(users.numpy(), items.numpy())
    return evaluate(
        scores, positives, seen, config.top_k, config.protocol, config.seed, with_auc=with_auc
    )


def test_seen(dataset: Dataset, config: EvaluationConfig) -> sp.csr_matrix:
    """What a test ranking leaves out: training items and, unless told not to, validation items."""
    return dataset.train + dataset.validation if config.mask_validation else dataset.train


def protocol_line(dataset: Dataset, config: EvaluationConfig) -> str:
    """Names the protocol that must stand beside every number."""
    masked = "training and validation" if config.mask_validation else "training"
    return f"{dataset.name}, {dataset.split}; {config.protocol}, {masked} items left out"
