"""Settings of a training run."""

import dataclasses

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
SCHEDULES = ("constant", "cosine", "exponential")


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """Everything the optimisation depends on besides data, model and loss.

    Attributes:
      epochs: most passes over the users.
      batch_users: users a batch; 0 takes all of them in one.
      batches_per_propagation: batches that share one propagation of the graph and one step of Adam,
        which follows the sum of their gradients: exactly the step of one batch of all their users,
        in the memory of one of them. 0 takes all batches of an epoch.
      strategy: "none", "mirrored" or "multi_worker"; see `training.distribution`.
      learning_rate: Adam's, after warm-up.
      schedule: "constant", "cosine" (to 0 at the last epoch) or "exponential" (to a tenth there).
      schedule_epochs: the epoch at which the schedule ends; 0 takes `epochs`.
      warmup_steps: steps of linear warm-up from 0.
      clip_norm: largest global gradient norm; 0 does not clip.
      evaluate_every: epochs between validations.
      patience: validations without improvement before training stops; 0 never stops early.
      monitor: the validation metric that picks the best step, e.g. "ndcg@10".
      refresh_every: epochs between selections of the learned graphs; 0 keeps the first.
      precision: "float32", "mixed_bfloat16" or "mixed_float16". Mixed precision covers the dense
        feature projections and boundary networks; propagation, attention and the sums of the
        losses stay float32.
      jit_compile: compiles the step with XLA.
      checkpoint_seconds: longest time between checkpoints; each validation makes one too.
      seed: integer seed of batches, dropout and sampling.
    """

    epochs: int = 300
    batch_users: int = 1024
    batches_per_propagation: int = 1
    strategy: str = "none"
    learning_rate: float = 1e-2
    schedule: str = "constant"
    schedule_epochs: int = 0
    warmup_steps: int = 0
    clip_norm: float = 0.0
    evaluate_every: int = 10
    patience: int = 5
    monitor: str = "ndcg@10"
    refresh_every: int = 20
    precision: str = "float32"
    jit_compile: bool = False
    checkpoint_seconds: float = 300.0
    seed: int = 0

    def step_users(self, num_users: int) -> int:
        """Users of a full step, of the `num_users` that have a training interaction."""
        users = self.batch_users * self.batches_per_propagation
        return min(users, num_users) if users else num_users
