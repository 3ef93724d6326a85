"""Checks of the settings that models with a pointwise loss share."""

from a2bm2gl_tf.errors import UserError


def checked_num_negatives(value: int) -> int:
    """The number of negatives for each positive.

    Raises:
      UserError: if there are none.
    """
    if value < 1:
        raise UserError(
            f"--model_settings=num_negatives={value}: without negatives every score only grows; "
            "give 1 or more"
        )
    return value


def checked_hidden(value: tuple[int, ...]) -> tuple[int, ...]:
    """The widths of a perceptron's hidden layers.

    Raises:
      UserError: if there is none or one is not positive.
    """
    if not value or min(value) < 1:
        widths = "/".join(map(str, value))
        raise UserError(
            f"--model_settings=hidden={widths}: give the widths of one or more layers, as in 64/32"
        )
    return value
