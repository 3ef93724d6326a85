"""The k best of long rows of scores, exactly, by way of the maxima of groups of columns."""

import tensorflow as tf

# Columns a group. A maximum of 64 neighbours is read at the speed of memory; the selection that
# follows sees one number a group, and then the columns of k groups.
GROUP = 64


def grouped_top_k(scores: tf.Tensor, k: int | tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """tf.math.top_k of the rows, several times faster where rows are long and k is small.

    Columns are cut into groups of neighbours, and the k groups with the largest maxima are taken,
    of equal ones the leftmost. The k best columns are all in these groups: were one in another
    group, the largest column of each of the k groups would precede it, being larger, or equal and
    further left, and it would not be among the first k. Columns beyond the last whole group are
    always looked at.

    Args:
      scores: float32 (b, V) without NaN.
      k: places, from 0 to V; an integer or an int32 scalar.

    Returns:
      Scores (b, k), best first, and int32 columns (b, k); equal scores in order of columns.
    """
    num_columns = scores.shape[1]
    groups = num_columns // GROUP
    if groups < 2 or (isinstance(k, int) and k > groups // 2):
        return tf.math.top_k(scores, k)
    whole = groups * GROUP
    # Cutting columns off copies the scores; `unseen_products` gives rows that need no cutting.
    in_groups = scores if whole == num_columns else scores[:, :whole]
    maxima = tf.reduce_max(tf.reshape(in_groups, [-1, GROUP]), axis=1)
    maxima = tf.reshape(maxima, [-1, groups])
    chosen = tf.math.top_k(maxima, tf.minimum(k, groups)).indices
    # In order of columns, so that the second selection breaks ties as the first would have.
    first_columns = tf.sort(chosen, axis=1) * GROUP
    columns = first_columns[:, :, tf.newaxis] + tf.range(GROUP)
    columns = tf.reshape(columns, [tf.shape(scores)[0], tf.minimum(k, groups) * GROUP])
    rest = tf.tile(tf.range(whole, num_columns)[tf.newaxis, :], [tf.shape(scores)[0], 1])
    columns = tf.concat([columns, rest], axis=1)
    best = tf.math.top_k(tf.gather(scores, columns, batch_dims=1), k)
    return best.values, tf.gather(columns, best.indices, batch_dims=1)


def mask_places(scores: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """The scores with -inf at `places`, integer (n, 2) of row and column, each once or more."""
    nowhere = tf.fill([tf.shape(places)[0]], tf.constant(float("-inf"), scores.dtype))
    return tf.tensor_scatter_nd_update(scores, places, nowhere)


def pad_items(items: tf.Tensor) -> tf.Tensor:
    """E_v, (V, d), with rows of zeros up to a whole number of groups."""
    return tf.pad(items, [[0, -items.shape[0] % GROUP], [0, 0]])


def unseen_products(
    users: tf.Tensor, padded_items: tf.Tensor, seen_places: tf.Tensor, num_items: int
) -> tf.Tensor:
    """Scores E_u . E_v with -inf at seen items and at the padding.

    Args:
      users: E_u, float32 (b, d).
      padded_items: what `pad_items` made of E_v.
      seen_places: int32 (n, 2), as in `mask_places`.
      num_items: V, without the padding.

    Returns:
      float32 (b, V'), V' the rows of `padded_items`.
    """
    padding = tf.range(num_items, padded_items.shape[0])
    rows, columns = tf.meshgrid(tf.range(tf.shape(users)[0]), padding, indexing="ij")
    nowhere = tf.stack([tf.reshape(rows, [-1]), tf.reshape(columns, [-1])], axis=1)
    scores = tf.matmul(users, padded_items, transpose_b=True)
    return mask_places(scores, tf.concat([seen_places, nowhere], axis=0))


def product_specs(width: int, num_items: int) -> tuple[tf.TensorSpec, tf.TensorSpec]:
    """Types of the two embeddings that `unseen_products` takes, for a traced function."""
    padded = num_items + -num_items % GROUP
    return tf.TensorSpec([None, width], tf.float32), tf.TensorSpec([padded, width], tf.float32)
