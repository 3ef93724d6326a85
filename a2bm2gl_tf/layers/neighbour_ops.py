"""Weighted sums and dot products over fixed-width neighbour lists, without an (n, k, d) tensor.

A neighbour list is an integer matrix (n, k): row i holds the k neighbours of node i, -1 where it
has fewer. It should be int64, because TensorFlow computes with int32 on the host even where there
is a GPU. The two operations are each other's gradients, so each is written once and the gradients
are their compositions; slots are processed a few at a time so that memory stays near (n, d).
"""

import tensorflow as tf

from a2bm2gl_tf.layers.neighbour_scatter import scatter
from a2bm2gl_tf.layers.slot_blocks import slot_blocks, sum_over_blocks


def _sum_forward(weights: tf.Tensor, x: tf.Tensor, safe: tf.Tensor) -> tf.Tensor:
    def part(start: int, stop: int) -> tf.Tensor:
        gathered = tf.gather(x, safe[:, start:stop])
        return tf.einsum("nk,nkd->nd", weights[:, start:stop], gathered)

    return sum_over_blocks(slot_blocks(safe, x.shape[1]), part)


def _dot_forward(x: tf.Tensor, y: tf.Tensor, safe: tf.Tensor) -> tf.Tensor:
    parts: list[tf.Tensor] = []
    for start, stop in slot_blocks(safe, y.shape[1]):
        with tf.control_dependencies(parts[-1:]):
            parts.append(tf.einsum("nd,nkd->nk", x, tf.gather(y, safe[:, start:stop])))
    return parts[0] if len(parts) == 1 else tf.concat(parts, axis=1)


def _mask(values: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    return tf.where(indices >= 0, values, tf.zeros_like(values))


def neighbour_sum(weights: tf.Tensor, x: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Weighted sum over neighbours: out_i = sum_j weights_ij x_{indices_ij}.

    Args:
      weights: float32 (n, k); entries at padded slots are ignored.
      x: float32 (N, d).
      indices: int (n, k) rows of `x`, -1 for padding.

    Returns:
      float32 (n, d). Differentiable in `weights` and `x`.
    """
    safe = tf.maximum(indices, 0)

    @tf.custom_gradient
    def forward(weights, x):
        masked = _mask(weights, indices)

        def backward(upstream):
            upstream = tf.convert_to_tensor(upstream)
            weights_gradient = _mask(_dot_forward(upstream, x, safe), indices)
            return weights_gradient, scatter(masked, upstream, safe, tf.shape(x)[0])

        return _sum_forward(masked, x, safe), backward

    return forward(weights, x)


def neighbour_dot(x: tf.Tensor, y: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Dot products along neighbour lists: out_ij = x_i . y_{indices_ij}.

    Args:
      x: float32 (n, d).
      y: float32 (N, d).
      indices: int (n, k) rows of `y`, -1 for padding.

    Returns:
      float32 (n, k), 0 at padded slots. Differentiable in `x` and `y`.
    """
    safe = tf.maximum(indices, 0)

    @tf.custom_gradient
    def forward(x, y):
        def backward(upstream):
            masked = _mask(tf.convert_to_tensor(upstream), indices)
            return _sum_forward(masked, y, safe), scatter(masked, x, safe, tf.shape(y)[0])

        return _mask(_dot_forward(x, y, safe), indices), backward

    return forward(x, y)


def weighted_neighbour_dot(x: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Dot products under several weightings: out_ijp = sum_c weights_pc x_ic x_{indices_ij}c.

    A slot's products x_i * x_{indices_ij} are made once for all weightings, slot by slot, so that
    they stay in the processor's cache and nothing larger than (n, f) is kept.

    Args:
      x: float32 (n, f).
      weights: float32 (m, f).
      indices: int (n, k) rows of `x`, -1 for padding.

    Returns:
      float32 (n, k, m), 0 at padded slots. Differentiable in `x` and `weights`.
    """
    safe = tf.maximum(indices, 0)
    slots = range(indices.shape[1])

    @tf.custom_gradient
    def forward(x, weights):
        def products(slot: int) -> tf.Tensor:
            return x * tf.gather(x, safe[:, slot])

        def backward(upstream):
            upstream = _mask(tf.convert_to_tensor(upstream), indices[:, :, None])
            weights_gradient = sum_over_blocks(
                [(slot, slot + 1) for slot in slots],
                lambda slot, _: tf.matmul(upstream[:, slot], products(slot), transpose_a=True),
            )
            x_gradient = tf.zeros_like(x)
            for head in range(weights.shape[0]):
                scaled, shares = x * weights[head], upstream[:, :, head]
                x_gradient += _sum_forward(shares, scaled, safe)
                x_gradient += scatter(shares, scaled, safe, tf.shape(x)[0])
            return x_gradient, weights_gradient

        by_slot: list[tf.Tensor] = []
        for slot in slots:
            with tf.control_dependencies(by_slot[-1:]):
                by_slot.append(tf.matmul(products(slot), weights, transpose_b=True))
        return _mask(tf.stack(by_slot, axis=1), indices[:, :, None]), backward

    return forward(x, weights)
