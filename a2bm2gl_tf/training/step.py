"""The compiled training step."""

from collections.abc import Callable

import keras
import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.models.recommender import Recommender

# Streams of the stateless generator: one number a purpose keeps the draws independent.
_DROPOUT_STREAM, _SAMPLING_STREAM = 0, 1


def trainable_variables(model: Recommender, objective: Objective) -> list:
    """theta: the model's trainable variables and the loss's, in a fixed order."""
    return model.trainable_variables + objective.recommendation.trainable_variables


def build_step(
    model: Recommender,
    objective: Objective,
    optimizer: keras.optimizers.Optimizer,
    seed: int,
    jit_compile: bool,
) -> Callable[[UserBatch, tf.Tensor], dict[str, tf.Tensor]]:
    """One tf.function that propagates, computes Eq. 10 and its gradient, and applies Adam.

    Random numbers are stateless functions of (seed, step), which leaves nothing but the step number
    to remember for an exact resume.

    Args:
      model: the model; its graph variables may change between steps without a retrace.
      objective: the loss.
      optimizer: built on `trainable_variables(model, objective)`.
      seed: integer seed of dropout and sampling.
      jit_compile: compiles with XLA.

    Returns:
      A function of (batch, int32 step) that updates the weights and returns name -> float32 scalar:
      every loss term, "loss" and "gradient_norm".
    """
    variables = trainable_variables(model, objective)
    scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)

    # One trace for all batch sizes: a trace for particular ones may be optimised differently, and
    # which ones come first depends on where a run was resumed. XLA compiles each shape by itself.
    signature = None if jit_compile else [UserBatch.signature(), tf.TensorSpec([], tf.int32)]

    @tf.function(jit_compile=jit_compile, input_signature=signature)
    def step_function(batch: UserBatch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        stream = tf.random.experimental.stateless_fold_in(tf.constant([seed, 0]), step)
        dropout_seed = tf.random.experimental.stateless_fold_in(stream, _DROPOUT_STREAM)
        sampling_seed = tf.random.experimental.stateless_fold_in(stream, _SAMPLING_STREAM)
        with tf.GradientTape() as tape:
            representations = model(training=True, dropout_seed=dropout_seed)
            loss = objective(representations, batch, variables, sampling_seed)
            target = optimizer.scale_loss(loss.total) if scaled else loss.total
        gradients = tape.gradient(target, [variable.value for variable in variables])
        gradients = [
            tf.zeros_like(variable.value) if gradient is None else tf.convert_to_tensor(gradient)
            for gradient, variable in zip(gradients, variables, strict=True)
        ]
        norm = tf.linalg.global_norm(gradients)
        if scaled:
            norm /= tf.cast(optimizer.dynamic_scale, tf.float32)
            # The optimiser skips a step that overflowed and lowers its scale: no reason to stop.
            norm = tf.where(tf.math.is_finite(norm), norm, 0.0)
        optimizer.apply(gradients, variables)
        return loss.terms | {"loss": loss.total, "gradient_norm": norm}

    return step_function
