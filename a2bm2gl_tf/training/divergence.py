"""A training whose numbers are no longer finite."""

from a2bm2gl_tf.errors import UserError


class DivergenceError(UserError):
    """A loss term or the gradient is not finite; the last good checkpoint is kept.

    Args:
      step: the first step with such a value, counted from 1.
      term: its name, such as "rec" or "gradient_norm".
      value: what it was.
      advice: what to do, the rest of the message.
    """

    def __init__(self, step: int, term: str, value: float, advice: str):
        super().__init__(f"step {step}: {term} is {value}; {advice}")
        self.step, self.term, self.value = step, term, value
