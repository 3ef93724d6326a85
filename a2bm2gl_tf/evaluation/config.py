"""Settings of an evaluation."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class EvaluationConfig:
    """How a model is scored.

    Attributes:
      top_k: cut-offs K.
      protocol: name in `evaluation.protocols`.
      mask_validation: leaves validation items out of the test candidates, like training items.
      seed: integer seed of sampled protocols.
    """

    top_k: tuple[int, ...] = (10, 20)
    protocol: str = "whole_catalogue"
    mask_validation: bool = True
    seed: int = 0
