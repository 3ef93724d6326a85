"""The optimiser and its learning rate schedule."""

import math

import keras
import tensorflow as tf

from a2bm2gl_tf.training.config import TrainingConfig


def learning_rate_schedule(config: TrainingConfig, schedule_steps: int):
    """The learning rate as a number or a function of the step.

    Args:
      config: `learning_rate`, `schedule` and `warmup_steps`.
      schedule_steps: the step at which the decay ends.

    Returns:
      A float, or a Keras schedule.
    """
    after_warmup = max(schedule_steps - config.warmup_steps, 1)
    decays = {
        "constant": lambda step: 1.0,
        "cosine": lambda step: (
            0.5 * (1.0 + keras.ops.cos(math.pi * keras.ops.clip(step / after_warmup, 0.0, 1.0)))
        ),
        "exponential": lambda step: 0.1 ** (step / after_warmup),
    }
    if config.schedule == "constant" and not config.warmup_steps:
        return config.learning_rate
    return _WarmupThenDecay(config.learning_rate, config.warmup_steps, decays[config.schedule])


class _WarmupThenDecay(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak: float, warmup_steps: int, decay):
        self.peak, self.warmup_steps, self.decay = peak, warmup_steps, decay

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        rate = self.peak * self.decay(keras.ops.maximum(step - self.warmup_steps, 0.0))
        if not self.warmup_steps:
            return rate
        return rate * keras.ops.minimum((step + 1.0) / self.warmup_steps, 1.0)


class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam, with one fused pass over each variable and its two moments.

    Variables, names and formula are those of Keras. Every replica updates its own copy from
    gradients that are the same on all of them, so nothing is reduced here.
    """

    def update_step(self, gradient, variable, learning_rate):
        """Updates one variable from its dense gradient."""
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations.value, tf.float32) + 1.0
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
            use_locking=True,
        )

    def _backend_update_step(self, grads, trainable_variables, learning_rate):
        for gradient, variable in zip(grads, trainable_variables, strict=True):
            self.update_step(gradient, variable.value, learning_rate)


def build_optimizer(config: TrainingConfig, schedule_steps: int) -> keras.optimizers.Optimizer:
    """Adam with the configured schedule, clipping and, for float16, dynamic loss scaling."""
    adam = FusedAdam(
        learning_rate_schedule(config, schedule_steps),
        global_clipnorm=config.clip_norm or None,
    )
    if config.precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(adam)
    return adam
