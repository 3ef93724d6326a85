"""What a split is asked for, and what it gives."""

import dataclasses

import numpy as np

from a2bm2gl_tf.errors import UserError


@dataclasses.dataclass(frozen=True)
class SplitOptions:
    """Options of every split; each says which it uses.

    Attributes:
      test_fraction: share of test data, in (0, 1).
      validation_fraction: share of validation data of what test data leaves, in (0, 1).
      folds: k of cross-validation; 1 is a single split.
      seed: non-negative integer seed of what is drawn.
    """

    test_fraction: float = 0.2
    validation_fraction: float = 0.1
    folds: int = 1
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class Partition:
    """The parts of n records, in one or several ways.

    Attributes:
      parts: uint8 (F, n) of `TRAIN`, `VALIDATION` and `TEST`; F = 1 but for cross-validation.
      recipe: one line that says how they were made.
    """

    parts: np.ndarray
    recipe: str


def check_fractions(test_fraction: float, validation_fraction: float) -> None:
    """Refuses fractions that leave a part empty.

    Raises:
      UserError: naming the flag and what it takes.
    """
    for name, value in (
        ("test_fraction", test_fraction),
        ("validation_fraction", validation_fraction),
    ):
        if not 0 < value < 1:
            raise UserError(f"--{name}={value}: give a number between 0 and 1, both excluded")


def check_split_options(options: SplitOptions) -> None:
    """Refuses values that no split can honour.

    Raises:
      UserError: naming the flag and what it takes.
    """
    check_fractions(options.test_fraction, options.validation_fraction)
    if not 1 <= options.folds <= 100:
        raise UserError(f"--folds={options.folds}: give 2 to 100, or 1 for a single split")
    if options.seed < 0:
        raise UserError(f"--seed={options.seed}: give an integer of 0 or more")
