"""Settings of the graph models."""

import dataclasses
from typing import Any

from a2bm2gl_tf.layers.neighbourhoods import Surfing


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Everything a model's form depends on besides the data.

    Attributes:
      dimension: d, the embedding width.
      num_layers: K, collaborative propagation layers.
      combination: "mean" or "last" (layer combination of the collaborative part).
      surfing: recipe of the full-adjacent neighbourhoods.
      anti_bottleneck: includes the anti-bottleneck part (off: Table 3's -an).
      semantic: includes the semantic part (off: Table 3's -str).
      knn: k, neighbours of an item in each modality's graph.
      knn_heads: m, perspectives of the learned similarity.
      knn_method: "exact" or "faiss" (approximate; an optional installation).
      knn_tolerance: a selection of neighbours is kept while no similarity can have moved by more
        than this since it was made; 0 keeps it only while w_p is the same.
      self_loop_weight: w of Eq. 4.
      learn_self_loop: learns w.
      semantic_activation: "relu" (Eq. 4) or "linear".
      dropout: share of the entries of E^(0) dropped in each training step.
      init_stddev: standard deviation of E^(0)'s Gaussian.
      propagation: backend of sparse products, "auto", "csr", "segment" or "public".
      jit_compile: whether the training step will be compiled by XLA.
      seed: integer seed of every initialiser.
      own: the model's own settings, name -> value; see `Recommender.own_settings`.
    """

    dimension: int = 64
    num_layers: int = 2
    combination: str = "mean"
    surfing: Surfing = dataclasses.field(default_factory=Surfing)
    anti_bottleneck: bool = True
    semantic: bool = True
    knn: int = 10
    knn_heads: int = 2
    knn_method: str = "exact"
    knn_tolerance: float = 0.0
    self_loop_weight: float = 1.0
    learn_self_loop: bool = False
    semantic_activation: str = "relu"
    dropout: float = 0.0
    init_stddev: float = 0.1
    propagation: str = "auto"
    jit_compile: bool = False
    seed: int = 0
    own: dict[str, Any] = dataclasses.field(default_factory=dict)
