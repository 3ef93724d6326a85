"""What the losses of a batch hold in memory, by name; see `models.memory_parts` for the counts."""

from collections.abc import Callable

from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.models.memory_parts import Part, Sizes

_FLOAT = 4
# (b, block) tensors of the sigmoid's blocks: scores, sigmoids, weights, costs, slopes.
_BLOCK_TENSORS, _BLOCK_ITEMS = 10, 4096
# Rows of d numbers a user, an item and a sampled negative take, with their gradients.
_USER_ROWS, _ITEM_ROWS, _NEGATIVE_ROWS = 8, 4, 3
# Bytes of an edge of a batch, and batches that are made ahead.
_EDGE_BYTES, _BATCHES = 48, 3


def loss_part(config: LossConfig, sizes: Sizes, dimension: int, batch_users: int) -> Part:
    """The memory of a loss over one batch of users, its gradient included.

    Args:
      config: which loss.
      sizes: of the data.
      dimension: d.
      batch_users: users of a batch.
    """
    edges = -(-sizes.interactions * batch_users // max(sizes.users, 1))
    shared = _EDGE_BYTES * edges * _BATCHES
    shared += (_USER_ROWS * batch_users + _ITEM_ROWS * sizes.items) * dimension * _FLOAT
    own = _OWN_BYTES[config.name](config, sizes, dimension, batch_users, edges)
    return Part(
        f"loss {config.name} over {batch_users:,} users",
        shared + own,
        f"lower --batch_users={batch_users}",
    )


def _blocks(config, sizes, dimension, batch_users, edges) -> int:
    del config, dimension, edges
    return _BLOCK_TENSORS * batch_users * min(sizes.items, _BLOCK_ITEMS) * _FLOAT


def _sampled(negatives: int, dimension: int, edges: int) -> int:
    return edges * (negatives + 1) * dimension * _NEGATIVE_ROWS * _FLOAT


_OWN_BYTES: dict[str, Callable[..., int]] = {
    "adaptive": lambda *_: 0,
    "wr_linear": lambda *_: 0,
    "none": lambda *_: 0,
    "wr": _blocks,
    "bpr": lambda config, sizes, dimension, users, edges: _sampled(1, dimension, edges),
    "infobpr": lambda config, sizes, dimension, users, edges: _sampled(
        config.num_negatives, dimension, edges
    ),
}
