"""The optimiser and its learning rate schedule."""

import math

import keras

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


def build_optimizer(config: TrainingConfig, schedule_steps: int) -> keras.optimizers.Optimizer:
    """Adam with the configured schedule, clipping and, for float16, dynamic loss scaling."""
    adam = keras.optimizers.Adam(
        learning_rate_schedule(config, schedule_steps),
        global_clipnorm=config.clip_norm or None,
    )
    if config.precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(adam)
    return adam
