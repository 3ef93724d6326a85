"""The named forms of full-adjacent attention, for models to choose from."""

import dataclasses

from a2bm2gl_tf.layers.adjacent_attention import AdjacentAttention
from a2bm2gl_tf.layers.full_attention import FullAttention
from a2bm2gl_tf.layers.reachable_attention import ReachableAttention
from a2bm2gl_tf.layers.top_m_attention import TopMAttention

NEIGHBOURHOODS = ("top_m", "full", "reachable")


@dataclasses.dataclass(frozen=True)
class Surfing:
    """How the neighbourhoods N_v of Eq. 6 come from the random surfing of Eq. 5.

    Attributes:
      neighbourhood: "top_m", "full" or "reachable".
      hops: number of transition operations k.
      continue_probability: alpha, in (0, 1).
      top_m: m, neighbours kept a node (`top_m` alone).
      beam: entries kept a row while surfing (`top_m` alone); None is exact.
      log_prior: adds log M to the logits (`top_m` and `reachable`).
      cache_dir: folder that keeps the surfed interaction graph for later runs (`top_m` alone); None
        keeps nothing.
    """

    neighbourhood: str = "top_m"
    hops: int = 3
    continue_probability: float = 0.5
    top_m: int = 50
    beam: int | None = None
    log_prior: bool = False
    cache_dir: str | None = None


def build_attention(surfing: Surfing, num_nodes: int, **kwargs) -> AdjacentAttention:
    """Makes the attention layer for one full-adjacent layer.

    Args:
      surfing: the neighbourhoods' recipe.
      num_nodes: N, nodes of the graph.
      **kwargs: name, seed and init_stddev of the layer.

    Raises:
      ValueError: for an unknown neighbourhood.
    """
    transitions = {"hops": surfing.hops, "continue_probability": surfing.continue_probability}
    builders = {
        "top_m": lambda: TopMAttention(
            num_nodes,
            surfing.top_m,
            **transitions,
            log_prior=surfing.log_prior,
            beam=surfing.beam,
            cache_dir=surfing.cache_dir,
            **kwargs,
        ),
        "full": lambda: FullAttention(num_nodes, **kwargs),
        "reachable": lambda: ReachableAttention(
            num_nodes, **transitions, log_prior=surfing.log_prior, **kwargs
        ),
    }
    if surfing.neighbourhood not in builders:
        raise ValueError(f"neighbourhood is {surfing.neighbourhood!r}; known: {NEIGHBOURHOODS}")
    return builders[surfing.neighbourhood]()
