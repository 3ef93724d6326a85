"""What a study is: variants of one model that differ in the settings under study alone."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from a2bm2gl_tf.methods.settings import FitSettings


@dataclasses.dataclass(frozen=True)
class Variant:
    """A row of a study.

    Attributes:
      name: in stores and in CSV; of letters, digits, "_", "." and "-".
      title: as tables print it.
      values: what it changes of the base, flag name -> value.
      left_out: why it would be another variant again, and so is not run; or "".
    """

    name: str
    title: str
    values: Mapping[str, Any]
    left_out: str = ""


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A setting that a study varies by itself.

    Attributes:
      name: of its flag.
      symbol: as the paper calls it.
      label: of a picture's axis, with the unit.
      values: those of the paper, or where it does not print them of its range; whole numbers for a
        flag of whole numbers.
      lowest: the least value that its flag takes.
      of: reads it from settings.
      idle: says why it has no effect under some settings, or "".
      logarithmic: whether a picture's axis is.
    """

    name: str
    symbol: str
    label: str
    values: tuple[float, ...]
    lowest: float
    of: Callable[[FitSettings], float]
    idle: Callable[[FitSettings], str]
    logarithmic: bool = False


@dataclasses.dataclass(frozen=True)
class Base:
    """What the variants of a study start from.

    Attributes:
      settings: those of a recipe, or the method's defaults.
      has_content: whether the data have a modality.
      values: parameter's name -> values to try.
      l2_scales: every variant is validated with the base's L2 weight times each of them, and
        tested with the best. Losses differ in scale, and with them the L2 weight that suits.
    """

    settings: FitSettings
    has_content: bool
    values: Mapping[str, Sequence[float]] = dataclasses.field(default_factory=dict)
    l2_scales: tuple[float, ...] = (1.0,)


@dataclasses.dataclass(frozen=True)
class Study:
    """A table or figure of the paper.

    Attributes:
      name: registry name; that of its results as well.
      program: the script that runs it.
      heading: of its page.
      variants: the rows from a base; the others are contrasted with the first, whose values the
        base has to have already.
      parameters: what its pictures are drawn against.
      method: registry name of the method that it is about.
    """

    name: str
    program: str
    heading: str
    variants: Callable[[Base], tuple[Variant, ...]]
    parameters: tuple[Parameter, ...] = ()
    method: str = "a2bm2gl"
