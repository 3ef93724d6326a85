"""Where a run stands; saved in every checkpoint."""

import dataclasses
import json
import math
from collections.abc import Sequence

import tensorflow as tf

from a2bm2gl_tf.training.divergence import check_values, check_weights


@dataclasses.dataclass
class Progress:
    """Everything the loop must remember besides weights and optimiser state.

    Attributes:
      step: steps done.
      best_value: best validation value of the monitored metric; -inf before the first validation.
      best_step: the step it was reached at.
      stale_validations: validations since then.
      stopped: why training ended ("patience" or "epochs"), or "" while it goes on.
      term_sums: sum of each logged value over the steps of the unfinished epoch.
      seconds: training time so far, in seconds of wall clock over all runs.
      epoch_seconds: the unfinished epoch's share of it, without the validations before it.
      first_loss: the loss of the first step; None before that, and in what earlier versions saved.
    """

    step: int = 0
    best_value: float = -math.inf
    best_step: int = 0
    stale_validations: int = 0
    stopped: str = ""
    term_sums: dict[str, float] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    first_loss: float | None = None

    def collect(self, pending: list[dict[str, tf.Tensor]], state: Sequence = ()) -> None:
        """Adds the last steps' values to the epoch's sums and empties their list.

        Args:
          pending: what each of the last steps returned, name -> scalar.
          state: the variables that they have changed: nothing that is not finite gets past here.

        Raises:
          DivergedError: if a value or a weight is not finite or the loss explodes, naming the step
            and the term.
        """
        first = self.step - len(pending)
        for offset, values in enumerate(pending):
            found = {name: float(tensor) for name, tensor in values.items()}
            check_values(first + offset + 1, found, self.first_loss)
            if self.first_loss is None:
                self.first_loss = found.get("loss")
            for name, value in found.items():
                self.term_sums[name] = self.term_sums.get(name, 0.0) + value
        pending.clear()
        check_weights(self.step, state)


class ProgressVariable(tf.Module):
    """Holds a `Progress` as JSON in a string variable, so that tf.train.Checkpoint saves it.

    JSON writes a float in the shortest form that reads back as the same float, so nothing is lost.
    """

    def __init__(self):
        super().__init__(name="progress")
        with tf.device("CPU"):
            self._text = tf.Variable(self._encode(Progress()), trainable=False, dtype=tf.string)

    @staticmethod
    def _encode(progress: Progress) -> str:
        return json.dumps(dataclasses.asdict(progress))

    def store(self, progress: Progress) -> None:
        """Puts the progress where the next checkpoint finds it."""
        self._text.assign(self._encode(progress))

    def load(self) -> Progress:
        """The progress last stored or restored."""
        return Progress(**json.loads(self._text.numpy().decode()))
