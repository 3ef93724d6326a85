"""The compiled training step."""

from collections.abc import Callable

import keras
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import resolve_backend
from a2bm2gl_tf.layers.neighbour_scatter import sparse_product_scatters
from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.accumulation import WHOLE, Pieces, accumulate
from a2bm2gl_tf.training.distribution import Distribution

# Streams of the stateless generator: one number a purpose keeps the draws independent.
_DROPOUT_STREAM, _SAMPLING_STREAM, _MODEL_STREAM = 0, 1, 2


def trainable_variables(model: Recommender, objective: Objective) -> list:
    """theta: the model's trainable variables and the loss's, in a fixed order."""
    return model.trainable_variables + objective.recommendation.trainable_variables


def build_step(
    model: Recommender,
    objective: Objective,
    optimizer: keras.optimizers.Optimizer,
    seed: int,
    jit_compile: bool,
    pieces: Pieces = WHOLE,
    distribution: Distribution | None = None,
    ordered: bool = False,
) -> Callable[[UserBatch, tf.Tensor], dict[str, tf.Tensor]]:
    """One tf.function that propagates, computes Eq. 10 and its gradient, and applies Adam.

    The graph is propagated once. The loss's gradient with respect to the final representations is
    added up over the pieces of the batch, and goes back through the propagation once. Every replica
    propagates the whole graph, takes its share of the pieces, and gets the sum of all gradients.

    Random numbers are stateless functions of (seed, step), which leaves nothing but the step number
    to remember for an exact resume.

    Args:
      model: the model; its graph variables may change between steps without a retrace.
      objective: the loss.
      optimizer: built on `trainable_variables(model, objective)`.
      seed: integer seed of dropout and sampling.
      jit_compile: compiles with XLA.
      pieces: how a batch is cut.
      distribution: the replicas; one device if None.
      ordered: whether the batches have an `item_order`.

    Returns:
      A function of (batch, int32 step) that updates the weights and returns name -> float32 scalar:
      every loss term, "loss" and "gradient_norm".
    """
    variables = trainable_variables(model, objective)
    scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    distribution = distribution or Distribution()
    replicas = distribution.num_replicas

    def scale(loss: tf.Tensor) -> tf.Tensor:
        return optimizer.scale_loss(loss) if scaled else loss

    def replica_step(batch: UserBatch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        stream = tf.random.experimental.stateless_fold_in(tf.constant([seed, 0]), step)
        dropout_seed = tf.random.experimental.stateless_fold_in(stream, _DROPOUT_STREAM)
        sampling_seed = tf.random.experimental.stateless_fold_in(stream, _SAMPLING_STREAM)
        model_seed = tf.random.experimental.stateless_fold_in(stream, _MODEL_STREAM)
        with tf.GradientTape() as tape:
            representations = model(training=True, dropout_seed=dropout_seed)
            scored = objective.scored(representations, batch)
            shared = objective.shared_terms(representations, variables, model.semantic_kernels)
            # The order of edges by item is that of a piece's edges.
            whole = batch if pieces.count == 1 else batch._replace(item_order=())
            shared |= objective.model_terms(model, representations, whole, model_seed)
            # Every replica computes these in full, and gradients are summed over replicas.
            shared = {name: term / replicas for name, term in shared.items()}
            shared_loss = scale(tf.add_n([tf.zeros([]), *shared.values()]))
        loss_variables = objective.recommendation.trainable_variables
        terms, at_scored, at_loss_variables = accumulate(
            objective, scored, batch, sampling_seed, loss_variables, pieces, scale
        )
        through = tape.gradient(
            [shared_loss, *tf.nest.flatten(scored)],
            [variable.value for variable in variables],
            output_gradients=[tf.ones([]), *at_scored],
        )
        model_variables = len(variables) - len(loss_variables)
        direct = [None] * model_variables + at_loss_variables
        gradients = [
            _sum_of(parts, variable)
            for *parts, variable in zip(through, direct, variables, strict=True)
        ]
        terms = terms | shared
        if replicas > 1:
            gradients, terms = distribution.sum_over_replicas((gradients, terms))
        norm = tf.linalg.global_norm(gradients)
        if scaled:
            norm /= tf.cast(optimizer.dynamic_scale, tf.float32)
            # The optimiser skips a step that overflowed and lowers its scale: no reason to stop.
            norm = tf.where(tf.math.is_finite(norm), norm, 0.0)
        optimizer.apply(gradients, variables)
        return terms | {"loss": tf.add_n(list(terms.values())), "gradient_norm": norm}

    # One trace for all batch sizes: a trace for particular ones may be optimised differently, and
    # which ones come first depends on where a run was resumed. XLA compiles each shape by itself.
    signature = None if jit_compile else [UserBatch.signature(ordered), tf.TensorSpec([], tf.int32)]

    sparse_products = resolve_backend("auto", jit_compile) != "segment"

    def traced_step(batch: UserBatch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        # Here rather than around all replicas, each of which is traced in a thread of its own.
        with sparse_product_scatters(sparse_products):
            return replica_step(batch, step)

    @tf.function(jit_compile=jit_compile, input_signature=signature)
    def step_function(batch: UserBatch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        return distribution.run(traced_step, batch, step)

    return step_function


def _sum_of(parts: list, variable) -> tf.Tensor:
    """The sum of a variable's gradients; zeros where nothing depends on it."""
    dense = [tf.convert_to_tensor(part) for part in parts if part is not None]
    return tf.add_n(dense) if dense else tf.zeros_like(variable.value)
