"""What a training tells of its course: a line for people, with the same as fields for programs."""

import logging

from a2bm2gl_tf.training.progress import Progress

_LOGGER = logging.getLogger(__name__)


def tell_resuming(progress: Progress, total_steps: int) -> None:
    """A run goes on from a checkpoint.

    Args:
      progress: where it stands.
      total_steps: where it ends at the latest.
    """
    fields = {"event": "resuming", "step": progress.step, "steps": total_steps}
    _LOGGER.info("resuming at step %d of %d", progress.step, total_steps, extra=fields)


def tell_interrupted(progress: Progress) -> None:
    """A signal was answered by saving.

    Args:
      progress: as it was saved.
    """
    _LOGGER.warning(
        "interrupted; saved at step %d, the same command goes on from there",
        progress.step,
        extra={"event": "interrupted", "step": progress.step},
    )


def tell_validation(progress: Progress, epoch: int, monitor: str, value: float) -> None:
    """A validation has been compared with the best so far.

    Args:
      progress: after the comparison.
      epoch: epochs done.
      monitor: the metric that picks the best step.
      value: what it came to.
    """
    _LOGGER.info(
        "step %d: %s %.4f (best %.4f at step %d)",
        progress.step,
        monitor,
        value,
        progress.best_value,
        progress.best_step,
        extra={
            "event": "validation",
            "step": progress.step,
            "epoch": epoch,
            "metric": monitor,
            "value": value,
            "best_value": progress.best_value,
            "best_step": progress.best_step,
            "stopped": progress.stopped,
        },
    )
