"""The training loop: resumable, deterministic, stopped by validation."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import tensorflow as tf
from tqdm import tqdm

from a2bm2gl_tf.errors import UndefinedScoreError, UserError
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.assembly import assemble
from a2bm2gl_tf.training.checkpoints import RunCheckpoints
from a2bm2gl_tf.training.config import TrainingConfig
from a2bm2gl_tf.training.diagnostics import diagnose, sample_users
from a2bm2gl_tf.training.distribution import Distribution
from a2bm2gl_tf.training.divergence import undefined_score
from a2bm2gl_tf.training.events import tell_interrupted, tell_resuming, tell_validation
from a2bm2gl_tf.training.interruption import Interruption
from a2bm2gl_tf.training.prefetch import Prefetcher
from a2bm2gl_tf.training.progress import Progress
from a2bm2gl_tf.training.run_log import RunLog, mean_terms
from a2bm2gl_tf.training.step import trainable_variables

Validate = Callable[[Recommender], Mapping[str, float]]

# Steps between checks that the loss is finite: each check waits for the device.
_STEPS_BETWEEN_CHECKS = 50


class Trainer:
    """Trains one model in one output directory, from wherever that directory stands.

    Args:
      model: a model with trainable variables.
      objective: its loss.
      train: the training interactions, float32 CSR (U, V).
      validate: returns the validation metrics of a model; None trains all epochs and keeps the
        last state as the best (a refit).
      config: the run's settings.
      directory: output directory, created if absent; all workers share it.
      distribution: the replicas; model and objective were made in its scope. One device if None.
    """

    def __init__(
        self,
        model: Recommender,
        objective: Objective,
        train: sp.csr_matrix,
        validate: Validate | None,
        config: TrainingConfig,
        directory: Path,
        distribution: Distribution | None = None,
    ):
        self._distribution = distribution = distribution or Distribution()
        self._model, self._objective, self._validate = model, objective, validate
        self._config, self._directory = config, directory
        self._batches, self._optimizer, self._step = assemble(
            model, objective, train, config, distribution
        )
        self._state = [*trainable_variables(model, objective), *self._optimizer.variables]
        self._total_steps = config.epochs * self._batches.steps_per_epoch
        directory.mkdir(parents=True, exist_ok=True)
        self._checkpoints = RunCheckpoints(
            directory / "checkpoints", model, objective, self._optimizer
        )
        self._sample = sample_users(np.flatnonzero(np.diff(train.indptr)), config.seed)

    def fit(self) -> Progress:
        """Trains until the last epoch or until validation has not improved for `patience` times.

        On return the model holds the weights of the best step. SIGINT (Ctrl-C) and SIGTERM, in the
        main thread, let it finish the step, with the refresh before it and the validation after it
        where they are due, save its state and raise KeyboardInterrupt: that is the longest a
        signal waits. A second one raises that at once, and the last checkpoint counts. A new
        Trainer of the same directory goes on from there, bit for bit on a CPU.

        Returns:
          The finished run's progress.

        Raises:
          UserError: if the loss, gradient or weights are no longer finite or the loss explodes,
            naming the step and the term; if the directory holds a longer run.
          KeyboardInterrupt: on a signal, as said; `Terminated` for SIGTERM.
        """
        progress = self._checkpoints.restore_latest()
        if progress is None:
            progress = Progress()
        elif progress.step >= self._total_steps and not progress.stopped:
            raise UserError(
                f"{self._directory}: holds an unfinished run at step {progress.step}; this one "
                f"ends at step {self._total_steps}; use another --output_dir"
            )
        else:
            tell_resuming(progress, self._total_steps)
        log = RunLog(self._directory, progress.step) if self._distribution.is_chief else None
        # All workers have read where the run stands before the chief moves on from there.
        self._distribution.agree()
        if log is not None:
            self._checkpoints.forget_after(progress.step)
        try:
            if not progress.stopped:
                self._run(progress, log)
        finally:
            if log is not None:
                log.close()
        self._distribution.agree()
        best = self._checkpoints.restore_best()
        # Others than it says where the best checkpoint is damaged and the one before is taken.
        progress.best_step, progress.best_value = best.best_step, best.best_value
        return progress

    def _run(self, progress: Progress, log: RunLog | None) -> None:
        steps_per_epoch = self._batches.steps_per_epoch
        started = time.monotonic() - progress.seconds
        saved = time.monotonic()
        pending: list[dict[str, tf.Tensor]] = []
        epoch_started = time.monotonic() - progress.epoch_seconds
        bar = tqdm(
            total=self._total_steps,
            initial=progress.step,
            unit="step",
            disable=None if self._distribution.is_chief else True,
            leave=False,
        )
        with (
            Interruption() as interruption,
            bar,
            Prefetcher(self._batches.at_step, progress.step, self._total_steps) as prefetcher,
        ):
            while not progress.stopped:
                self._refresh_if_due(progress.step)
                batch = prefetcher.take()
                pending.append(self._step(batch, tf.constant(progress.step, tf.int32)))
                progress.step += 1
                bar.update()
                end_of_epoch = progress.step % steps_per_epoch == 0
                if end_of_epoch or len(pending) == _STEPS_BETWEEN_CHECKS:
                    progress.collect(pending, self._state)
                validated = False
                if end_of_epoch:
                    progress.seconds = time.monotonic() - started
                    progress.epoch_seconds = time.monotonic() - epoch_started
                    validated = self._end_epoch(progress, log, bar)
                    progress.epoch_seconds = 0.0
                    epoch_started = time.monotonic()
                # Read once: a signal that comes after this line waits for the next step.
                interrupted = interruption.requested
                due = time.monotonic() - saved > self._config.checkpoint_seconds
                if validated or interrupted or due:
                    if not end_of_epoch:
                        progress.collect(pending, self._state)
                        progress.seconds = time.monotonic() - started
                        progress.epoch_seconds = time.monotonic() - epoch_started
                    # Saved nowhere else, so a resumed run begins with the next step's refresh.
                    if self._distribution.is_chief:
                        self._checkpoints.save_latest(progress)
                    saved = time.monotonic()
                if interrupted:
                    tell_interrupted(progress)
                    raise interruption.error

    def _refresh_if_due(self, step: int) -> None:
        epoch, position = divmod(step, self._batches.steps_per_epoch)
        every = self._config.refresh_every
        if position == 0 and epoch and every and epoch % every == 0:
            self._model.refresh(epoch // every)

    def _end_epoch(self, progress: Progress, log: RunLog | None, bar: tqdm) -> bool:
        """Logs the epoch and validates where it is due; True if it validated."""
        steps_per_epoch = self._batches.steps_per_epoch
        epoch = progress.step // steps_per_epoch
        means = mean_terms(progress.term_sums, steps_per_epoch)
        progress.term_sums = {}
        throughput = {
            "learning_rate": float(tf.convert_to_tensor(self._optimizer.learning_rate)),
            "seconds": progress.seconds,
            "epoch_seconds": progress.epoch_seconds,
            "steps_per_second": progress.step / max(progress.seconds, 1e-9),
        }
        if log is not None:
            log.record("train", progress.step, epoch, means | throughput)
        last = epoch == self._config.epochs
        if not last and epoch % self._config.evaluate_every:
            return False
        if self._validate is None:
            if last:
                progress.stopped, progress.best_step = "epochs", progress.step
                if self._distribution.is_chief:
                    self._checkpoints.save_best(progress)
            return True
        value = 0.0
        if log is not None:
            try:
                metrics = dict(self._validate(self._model))
            except UndefinedScoreError as error:
                raise undefined_score(progress.step, error) from None
            log.record("validation", progress.step, epoch, metrics)
            log.diagnostics(
                progress.step,
                diagnose(self._model, self._objective.recommendation, self._batches, self._sample),
            )
            value = metrics[self._config.monitor]
        self._compare(progress, self._distribution.agree(value), last)
        bar.set_postfix({"loss": means["loss"], self._config.monitor: progress.best_value})
        return True

    def _compare(self, progress: Progress, value: float, last: bool) -> None:
        """Keeps the step if it is the best so far and decides whether to stop."""
        improved = value > progress.best_value
        if improved:
            progress.best_value, progress.best_step = value, progress.step
            progress.stale_validations = 0
        else:
            progress.stale_validations += 1
        if last:
            progress.stopped = "epochs"
        elif self._config.patience and progress.stale_validations >= self._config.patience:
            progress.stopped = "patience"
        if not self._distribution.is_chief:
            return
        if improved:
            self._checkpoints.save_best(progress)
        epoch = progress.step // self._batches.steps_per_epoch
        tell_validation(progress, epoch, self._config.monitor, value)
