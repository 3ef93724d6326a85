"""One product of a constant sparse matrix with a dense one, by the fastest means at hand."""

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.errors import UserError

try:  # A private module: several times faster than the public product, and free to go away.
    from tensorflow.python.ops.linalg.sparse import sparse_csr_matrix_ops as csr_ops
except ImportError:  # pragma: no cover - depends on the TensorFlow build
    csr_ops = None

BACKENDS = ("auto", "csr", "segment", "public")


def resolve_backend(requested: str, jit_compile: bool) -> str:
    """Chooses the backend of sparse products.

    Args:
      requested: one of `BACKENDS`. "auto" takes "csr" on a CPU, and "segment" on a GPU or under
        XLA, which cannot compile the other two.
      jit_compile: whether the product will be compiled by XLA.

    Returns:
      "csr", "segment" or "public".

    Raises:
      UserError: if the backend cannot be compiled, or this TensorFlow lacks it.
    """
    if requested == "auto":
        if jit_compile or tf.config.list_physical_devices("GPU"):
            return "segment"
        return "csr" if csr_ops is not None else "public"
    if requested != "segment" and jit_compile:
        raise UserError(
            f"--propagation={requested} cannot be compiled; use --propagation=segment or drop "
            "--jit_compile"
        )
    if requested == "csr" and csr_ops is None:
        raise UserError("--propagation=csr: this TensorFlow has no CSR product; use auto")
    return requested


def usable_backends() -> list[str]:
    """The resolved backends that this TensorFlow has, the CPU's choice first."""
    return [name for name in ("csr", "segment", "public") if name != "csr" or csr_ops is not None]


class SparseOperator:
    """A x for a constant sparse A, differentiable in x.

    The product and its gradient A^T dy are float32 whatever the type of x, which is cast there and
    back.

    Args:
      matrix: scipy sparse (n, m); duplicates are added up and indices sorted, because the CSR
        product of TensorFlow is silently wrong on unsorted ones.
      backend: a resolved backend: "csr", "segment" or "public".

    Raises:
      ValueError: for an unknown backend.
    """

    def __init__(self, matrix: sp.spmatrix, backend: str):
        products = {"csr": _csr_product, "segment": _segment_product, "public": _public_product}
        if backend not in products:
            raise ValueError(f"backend is {backend!r}; known: {', '.join(products)}")
        canonical = _canonical(matrix)
        transposed = _canonical(canonical.T)
        self.shape = canonical.shape
        self._product = products[backend](canonical)
        symmetric = canonical.shape == transposed.shape and (canonical != transposed).nnz == 0
        self._transposed = self._product if symmetric else products[backend](transposed)

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """A x.

        Args:
          x: (m, d), any floating type.

        Returns:
          (n, d), the type of x.
        """

        @tf.custom_gradient
        def product(x):
            # The gradient of a gather arrives as slices.
            return self._product(x), lambda dy: self._transposed(tf.convert_to_tensor(dy))

        return tf.cast(product(tf.cast(x, tf.float32)), x.dtype)


def _canonical(matrix: sp.spmatrix) -> sp.csr_matrix:
    canonical = sp.csr_matrix(matrix, dtype=np.float32)
    canonical.sum_duplicates()
    canonical.sort_indices()
    return canonical


def _sparse_tensor(matrix: sp.csr_matrix) -> tf.SparseTensor:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    indices = np.stack([rows, matrix.indices], axis=1).astype(np.int64)
    return tf.SparseTensor(indices, matrix.data, matrix.shape)


def _csr_product(matrix: sp.csr_matrix):
    # On anything else the product would be wrong without a word.
    places = np.arange(1, matrix.nnz)
    new_row = np.isin(places, matrix.indptr)
    if not np.all((np.diff(matrix.indices) > 0) | new_row):
        raise ValueError("the indices of a CSR product must ascend within each row")
    sparse = _sparse_tensor(matrix)
    handle = csr_ops.sparse_tensor_to_csr_sparse_matrix(
        sparse.indices, sparse.values, sparse.dense_shape
    )
    # A graph that captures the handle reads the matrix's shape and type from here.
    shape = tf.TensorShape(matrix.shape).as_proto()
    handle._handle_data = csr_ops._create_handle_data_proto(shape, tf.float32.as_datatype_enum)

    def product(x):
        result = csr_ops.sparse_matrix_mat_mul(handle, x)
        result.set_shape([matrix.shape[0], x.shape[1]])
        return result

    return product


def _segment_product(matrix: sp.csr_matrix):
    # int64, because int32 tensors live on the host and would be copied to a GPU in every step.
    rows = tf.constant(np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), tf.int64)
    columns, values = tf.constant(matrix.indices, tf.int64), tf.constant(matrix.data[:, None])
    return lambda x: tf.math.unsorted_segment_sum(
        tf.gather(x, columns) * values, rows, matrix.shape[0]
    )


def _public_product(matrix: sp.csr_matrix):
    sparse = _sparse_tensor(matrix)
    return lambda x: tf.sparse.sparse_dense_matmul(sparse, x)
