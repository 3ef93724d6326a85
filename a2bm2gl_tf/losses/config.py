"""Settings of the training objective."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class LossConfig:
    """Everything the objective depends on besides model and data.

    Attributes:
      name: "adaptive", "wr", "wr_linear", "bpr", "infobpr" or "none".
      margin: m.
      margin_weight: delta of Eq. 10.
      margin_scale: "catalogue" or "literal"; see `AdaptiveLoss`.
      boundary_pooling: "mean" or "sum"; see `AdaptiveLoss`.
      boundary_stop_gradient: see `AdaptiveLoss`.
      structural_weight: beta of Eq. 10.
      semantic_weight: gamma of Eq. 10.
      l2: lambda of Eq. 10.
      semantic_l2_scale: the semantic parts' W are shrunk by lambda times this.
      positive_weight: c_uv of a positive in the regression losses.
      negative_weight: mean c_uv of a negative in the regression losses, see `negative_scale`.
      negative_scale: what `negative_weight` counts: "pair", c_uv itself; or "positives", the weight
        of all negatives together, 1 being that of all positives, so that one value suits sparse
        and dense data.
      negative_popularity_power: c_uv of item v as a negative is proportional to d_v to this power.
      num_negatives: negatives a positive (InfoBPR).
      temperature: divisor of the scores (InfoBPR).
      seed: integer seed of the boundary networks' initialisers.
    """

    name: str = "adaptive"
    margin: float = 1.0
    margin_weight: float = 0.5
    margin_scale: str = "catalogue"
    boundary_pooling: str = "mean"
    boundary_stop_gradient: bool = True
    structural_weight: float = 0.6
    semantic_weight: float = 0.1
    l2: float = 3.0
    semantic_l2_scale: float = 1.0
    positive_weight: float = 1.0
    negative_weight: float = 1.0
    negative_scale: str = "pair"
    negative_popularity_power: float = 0.0
    num_negatives: int = 32
    temperature: float = 1.0
    seed: int = 0
