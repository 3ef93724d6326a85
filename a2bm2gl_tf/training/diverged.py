"""What ends a training that has gone wrong, with step and term for programs."""

from a2bm2gl_tf.errors import UserError


class DivergedError(UserError):
    """Training cannot go on: a value is not finite, or the loss explodes.

    Args:
      message: one line that says so, names both and says what to do.
      step: the first step at which it was seen, from 1.
      term: the term of the loss, or what else it was seen at, such as "gradient_norm".
    """

    def __init__(self, message: str, step: int, term: str):
        super().__init__(message)
        self.step, self.term = step, term
