import tensorflow as tf, numpy as np
from tensorflow.python.ops.linalg.sparse import sparse_csr_matrix_ops as ops
BACKENDS=("auto","csr","segment","public")
def resolve_backend(r,j): return "csr" if r=="auto" and not j else ("segment" if r=="auto" else r)
def _h(a):
    c=a.tocoo(); st=tf.SparseTensor(np.stack([c.row,c.col],1).astype(np.int64),c.data.astype(np.float32),a.shape); st=tf.sparse.reorder(st)
    m=ops.CSRSparseMatrix(st); h=m._matrix; h._handle_data=ops._make_handle_data(tf.zeros(a.shape[:1]+(1,))[:, :1]) if False else ops._create_handle_data_proto(tf.TensorShape(a.shape).as_proto(), tf.float32.as_datatype_enum); return h
class SparseOperator:
    def __init__(self,a,backend="csr"):
        self.backend=backend; self.h=_h(a.tocsr()); self.t=_h(a.T.tocsr())
    def __call__(self,x):
        @tf.custom_gradient
        def f(x):
            return ops.sparse_matrix_mat_mul(self.h,x), lambda dy: ops.sparse_matrix_mat_mul(self.t,dy)
        return f(x)
