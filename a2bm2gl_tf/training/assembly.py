"""Batches, optimiser and step that belong together, for whoever drives them."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import resolve_backend
from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.accumulation import Pieces
from a2bm2gl_tf.training.batches import UserBatches
from a2bm2gl_tf.training.config import TrainingConfig
from a2bm2gl_tf.training.distribution import Distribution
from a2bm2gl_tf.training.optimisation import build_optimizer
from a2bm2gl_tf.training.step import build_step, trainable_variables


class Assembly(NamedTuple):
    """What a training loop calls.

    Attributes:
      batches: a batch for every step.
      optimizer: built on the weights of model and loss.
      step: see `build_step`.
    """

    batches: UserBatches
    optimizer: keras.optimizers.Optimizer
    step: Callable[[UserBatch, tf.Tensor], dict[str, tf.Tensor]]


def assemble(
    model: Recommender,
    objective: Objective,
    train: sp.csr_matrix,
    config: TrainingConfig,
    distribution: Distribution,
) -> Assembly:
    """Makes batches, optimiser and step that agree on pieces, edge order and replicas.

    Args:
      model: a model with trainable variables, made in the scope of `distribution`.
      objective: its loss, likewise.
      train: the training interactions, float32 CSR (U, V).
      config: the run's settings.
      distribution: the replicas.

    Raises:
      ValueError: if no user has a training interaction.
    """
    num_users = int(np.count_nonzero(np.diff(train.indptr)))
    pieces = cut_steps(config, num_users, distribution.num_replicas)
    ordered = resolve_backend("auto", config.jit_compile) == "csr"
    batches = UserBatches(
        train,
        config.step_users(num_users),
        config.seed,
        bucket=config.jit_compile,
        ordered=ordered,
        piece_users=pieces.users,
    )
    schedule_epochs = config.schedule_epochs or config.epochs
    with distribution.scope():
        optimizer = build_optimizer(config, schedule_epochs * batches.steps_per_epoch)
        optimizer.build(trainable_variables(model, objective))
    step = build_step(
        model,
        objective,
        optimizer,
        config.seed,
        config.jit_compile,
        pieces,
        distribution,
        ordered,
    )
    return Assembly(batches, optimizer, step)


def cut_steps(config: TrainingConfig, num_users: int, num_replicas: int) -> Pieces:
    """How the users of a step are cut into batches, and those shared out over replicas.

    Args:
      config: `batch_users` and `batches_per_propagation`.
      num_users: users with a training interaction.
      num_replicas: replicas that share every batch.
    """
    batch_users = min(config.batch_users or num_users, num_users)
    batches = -(-config.step_users(num_users) // batch_users)
    return Pieces(batches * num_replicas, -(-batch_users // num_replicas), num_replicas)
