"""The loss of a batch and its gradient at the final representations, piece by piece."""

import dataclasses
from collections.abc import Callable

import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.objective import Objective, Scored


@dataclasses.dataclass(frozen=True)
class Pieces:
    """How the users of a step are cut.

    Attributes:
      count: pieces of a full batch, over all replicas; 1 takes the batch as it is.
      users: users a piece, but for the last.
      replicas: replicas that share the pieces, each a run of consecutive ones.
    """

    count: int = 1
    users: int = 0
    replicas: int = 1


WHOLE = Pieces()


def accumulate(
    objective: Objective,
    scored: Scored,
    batch: UserBatch,
    seed: tf.Tensor,
    loss_variables: list,
    pieces: Pieces,
    scale: Callable[[tf.Tensor], tf.Tensor],
) -> tuple[dict[str, tf.Tensor], list[tf.Tensor], list[tf.Tensor]]:
    """The users' terms of this replica's pieces, summed, and their gradients.

    The terms of a batch are sums over its users, so the sum over pieces is exactly the batch's,
    while what the loss keeps for its gradient has the size of a piece.

    Args:
      objective: the loss.
      scored: for all users of the batch.
      batch: the batch, cut as `pieces` says.
      seed: int32 (2,), stateless seed of sampling; each of several pieces gets its own.
      loss_variables: the recommendation loss's trainable variables.
      pieces: how the batch is cut.
      scale: what the loss is multiplied by before its gradient is taken (float16).

    Returns:
      (terms; gradients at `tf.nest.flatten(scored)`; gradients at `loss_variables`).
    """
    values = [variable.value for variable in loss_variables]

    def of_piece(piece: UserBatch, leaves: Scored, seed: tf.Tensor):
        flat = tf.nest.flatten(leaves)
        with tf.GradientTape() as tape:
            tape.watch(flat)
            terms = objective.user_terms(leaves, piece, seed)
            loss = scale(tf.add_n([tf.zeros([]), *terms.values()]))
        gradients = tape.gradient(loss, [*flat, *values], unconnected_gradients="zero")
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        return terms, gradients[: len(flat)], gradients[len(flat) :]

    if pieces.count == 1:
        return of_piece(batch, scored, seed)
    names = objective.user_term_names
    terms, at_scored, at_variables = _over_pieces(
        of_piece, names, scored, batch, seed, values, pieces
    )
    return dict(zip(names, terms, strict=True)), at_scored, at_variables


def _over_pieces(of_piece, names, scored, batch, seed, values, pieces):
    """Runs `of_piece` over this replica's pieces in a loop that is traced once."""
    num_users = tf.shape(batch.users)[0]
    each = pieces.count // pieces.replicas
    there = (num_users + pieces.users - 1) // pieces.users
    first = tf.minimum(_replica() * each, there)
    last = tf.minimum(first + each, there)
    # Users' gradients lie in the piece's own rows; those of items and of the loss add up.
    flat = tf.nest.flatten(scored)
    of_users = [tensor is scored.users or _is_first(tensor, scored.structural) for tensor in flat]
    shared = [tensor for tensor, users in zip(flat, of_users, strict=True) if not users]

    def body(index, terms, rows, sums, at_variables):
        start = index * pieces.users
        stop = tf.minimum(start + pieces.users, num_users)
        leaves = tf.nest.pack_sequence_as(
            scored, [t[start:stop] if users else t for t, users in zip(flat, of_users, strict=True)]
        )
        piece_seed = tf.random.experimental.stateless_fold_in(seed, index)
        piece_terms, gradients, at_values = of_piece(
            batch.piece(index, pieces.users), leaves, piece_seed
        )
        by_rows = [g for g, users in zip(gradients, of_users, strict=True) if users]
        by_sum = [g for g, users in zip(gradients, of_users, strict=True) if not users]
        return (
            index + 1,
            [total + piece_terms[name] for total, name in zip(terms, names, strict=True)],
            [array.write(index - first, g) for array, g in zip(rows, by_rows, strict=True)],
            [total + gradient for total, gradient in zip(sums, by_sum, strict=True)],
            [total + gradient for total, gradient in zip(at_variables, at_values, strict=True)],
        )

    rows = [
        tf.TensorArray(
            tf.float32,
            size=last - first,
            element_shape=[None, tensor.shape[1]],
            infer_shape=False,
        )
        for tensor, users in zip(flat, of_users, strict=True)
        if users
    ]
    _, terms, rows, sums, at_variables = tf.while_loop(
        lambda index, *_: index < last,
        body,
        (
            first,
            [tf.zeros([]) for _ in names],
            rows,
            [tf.zeros_like(tensor) for tensor in shared],
            [tf.zeros_like(value) for value in values],
        ),
        # The pieces' memory is what the loop is there to bound.
        parallel_iterations=1,
    )
    # A replica without a piece stands behind the last user.
    before = tf.minimum(first * pieces.users, num_users)
    after = tf.maximum(num_users - last * pieces.users, 0)
    by_rows = iter(tf.pad(array.concat(), [[before, after], [0, 0]]) for array in rows)
    by_sum = iter(sums)
    at_scored = [next(by_rows) if users else next(by_sum) for users in of_users]
    return terms, at_scored, at_variables


def _is_first(tensor: tf.Tensor, pair: tuple) -> bool:
    return bool(pair) and tensor is pair[0]


def _replica() -> tf.Tensor:
    """The number of this replica, int32 scalar."""
    context = tf.distribute.get_replica_context()
    return tf.cast(context.replica_id_in_sync_group, tf.int32)
