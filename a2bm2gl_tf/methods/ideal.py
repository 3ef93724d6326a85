"""A model that has learned from the test data too: what the paper calls the real distribution."""

import dataclasses
from pathlib import Path
from typing import NamedTuple

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.methods.fitting import refit
from a2bm2gl_tf.methods.settings import FitSettings
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.reproducibility import in_precision, make_reproducible


class Ideal(NamedTuple):
    """A model that has seen everything, and its loss with the weights of the same step."""

    model: Recommender
    objective: Objective


def fit_ideal(
    settings: FitSettings,
    dataset: Dataset,
    evaluation: EvaluationConfig,
    directory: Path,
    best_step: int,
) -> Ideal:
    """Trains a run's model once more, on training, validation and test data together.

    Section 4.5.2 takes the scores of such a model for the real similarity of users and items. It is
    no competitor: every item it could be tested on it has been shown.

    Args:
      settings: the run's, or anything with the same fields.
      dataset: as the run split it.
      evaluation: the run's.
      directory: where checkpoints and logs go; a training that was stopped there is resumed.
      best_step: where validation ended the run's first training.

    Returns:
      The model and its loss after as many epochs as the run's.

    Raises:
      UserError: as `fit`.
    """
    # By way of `validation`, which `refit` moves into `train`, so that epochs are counted alike.
    shown = dataclasses.replace(dataset, validation=(dataset.validation + dataset.test).tocsr())
    evaluation = dataclasses.replace(evaluation, mask_validation=True)
    with in_precision(settings.training.precision):
        make_reproducible(settings.training)
        objectives = []
        model = refit(
            settings,
            shown,
            evaluation,
            directory,
            best_step,
            before_training=lambda model, objective: objectives.append(objective),
        ).model
    return Ideal(model, *objectives)
