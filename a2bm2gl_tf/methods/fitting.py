"""From settings and a dataset to a trained model and its score."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.evaluation.evaluate import EvaluationResult, evaluate
from a2bm2gl_tf.evaluation.scoring import ScoreFn, embedding_scores
from a2bm2gl_tf.losses.model_losses.registry import build_model_losses
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.losses.registry import build_loss
from a2bm2gl_tf.methods.settings import FitSettings
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.models.registry import build_model
from a2bm2gl_tf.training.distribution import Distribution
from a2bm2gl_tf.training.progress import Progress
from a2bm2gl_tf.training.registered_gradients import released_afterwards
from a2bm2gl_tf.training.trainer import Trainer

BeforeTraining = Callable[[Recommender, Objective], None]


class Fitted(NamedTuple):
    """A trained model.

    Attributes:
      model: with the weights of the best step.
      progress: of the finished training; `stopped` is "nothing to train" for a model that has a
        closed form, `best_value` then is what it reaches (0 without validation data).
    """

    model: Recommender
    progress: Progress


def build_model_and_objective(
    settings: FitSettings, dataset: Dataset
) -> tuple[Recommender, Objective]:
    """Builds the model on the dataset's training split, and its loss.

    Args:
      settings: or anything with the same fields.
      dataset: its `train` is what the model sees.

    Raises:
      UserError: where the settings do not fit the data or the machine.
    """
    model = build_model(settings.model, dataset, settings.model_config)
    item_degrees = np.asarray(dataset.train.sum(axis=0)).ravel()
    loss = build_loss(
        settings.loss, settings.model_config.dimension, item_degrees, dataset.num_users
    )
    objective = Objective(loss, settings.loss, dataset.num_users, build_model_losses(model))
    return model, objective


@released_afterwards()
def fit(
    settings: FitSettings,
    dataset: Dataset,
    evaluation: EvaluationConfig,
    directory: Path,
    distribution: Distribution | None = None,
    validation: sp.csr_matrix | None = None,
    after_validation: Callable[[Mapping[str, float]], None] | None = None,
    before_training: BeforeTraining | None = None,
) -> Fitted:
    """Trains a model in a directory, from wherever that directory stands.

    Args:
      settings: the model and how it is trained.
      dataset: its `train` is what is learned from.
      evaluation: how it is validated.
      directory: where checkpoints and logs go.
      distribution: the replicas; one device if None.
      validation: CSR (U, V) by which the best step is picked; None trains all epochs and takes the
        last state.
      after_validation: is called with the metrics of each validation; what it raises ends the fit
        and reaches the caller.
      before_training: is called with the model, newly built, and its loss; a run that is resumed
        then goes on from its own checkpoint all the same.

    Raises:
      UserError: where the settings do not fit the data or the machine, or training diverges.
    """
    distribution = distribution or Distribution()
    with distribution.scope():
        model, objective = build_model_and_objective(settings, dataset)
        model.solve()
        if before_training is not None:
            before_training(model, objective)
    # Only the test pays for an AUC that nobody selects by.
    monitor = settings.training.monitor
    with_auc = monitor.startswith("auc")

    def validate(candidate: Recommender) -> dict[str, float]:
        means = evaluate_model(candidate, validation, dataset.train, evaluation, with_auc).means
        if after_validation is not None:
            after_validation(means)
        return means

    if not model.trainable_variables:
        # Its settings are still chosen by how it validates.
        found = validation is not None and validation.nnz
        value = validate(model)[monitor] if found else 0.0
        return Fitted(model, Progress(stopped="nothing to train", best_value=value))
    trainer = Trainer(
        model,
        objective,
        dataset.train,
        None if validation is None else validate,
        settings.training,
        directory,
        distribution,
    )
    return Fitted(model, trainer.fit())


def refit(
    settings: FitSettings,
    dataset: Dataset,
    evaluation: EvaluationConfig,
    directory: Path,
    best_step: int,
    distribution: Distribution | None = None,
    before_training: BeforeTraining | None = None,
) -> Fitted:
    """Trains anew on training and validation data for the epochs validation picked.

    Args:
      settings: those that validation was used with, or anything with the same fields.
      dataset: its `train` and `validation` are learned from.
      evaluation: how the model will be tested.
      directory: where checkpoints and logs go; not that of the first training.
      best_step: `Progress.best_step` of the first training.
      distribution: the replicas; one device if None.
      before_training: see `fit`.

    Raises:
      UserError: as `fit`, and as `check_refit`.
    """
    check_refit(evaluation)
    users = int((dataset.train.getnnz(axis=1) > 0).sum())
    steps_per_epoch = -(-users // settings.training.step_users(users))
    epochs = max(1, best_step // steps_per_epoch)
    training = dataclasses.replace(
        settings.training, epochs=epochs, schedule_epochs=settings.training.epochs
    )
    return fit(
        dataclasses.replace(settings, training=training),
        dataset.with_validation_in_train(),
        evaluation,
        directory,
        distribution,
        before_training=before_training,
    )


def model_scores(model: Recommender) -> ScoreFn:
    """The scores of a model by its current weights."""
    if not model.has_embeddings:
        return model.scorer()
    users, items = model.embeddings()
    return embedding_scores(users.numpy(), items.numpy())


def evaluate_model(
    model: Recommender,
    positives: sp.csr_matrix,
    seen: sp.csr_matrix,
    config: EvaluationConfig,
    with_auc: bool = True,
) -> EvaluationResult:
    """Scores a model's current weights under the configured protocol.

    Args:
      model: the model.
      positives: (U, V) interactions to be found.
      seen: (U, V) interactions that are left out of the candidates.
      config: cut-offs, protocol and seed.
      with_auc: also computes the AUC, which takes several times as long as all else.
    """
    return evaluate(
        model_scores(model),
        positives,
        seen,
        config.top_k,
        config.protocol,
        config.seed,
        with_auc=with_auc,
    )


def check_refit(evaluation: EvaluationConfig) -> None:
    """Refuses a test that would recommend validation items to a model that has learned from them.

    Raises:
      UserError: if validation items are candidates of the test.
    """
    if not evaluation.mask_validation:
        raise UserError(
            "--refit learns from the validation items, which --nomask_validation keeps among the "
            "test candidates; give --norefit or --mask_validation"
        )


def test_seen(dataset: Dataset, config: EvaluationConfig) -> sp.csr_matrix:
    """What a test ranking leaves out: training items and, unless told not to, validation items."""
    return dataset.train + dataset.validation if config.mask_validation else dataset.train
