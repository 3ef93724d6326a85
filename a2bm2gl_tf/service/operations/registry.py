"""The operations of the service by name."""

from a2bm2gl_tf.service.operations.explain import Explain
from a2bm2gl_tf.service.operations.fold_in import FoldIn
from a2bm2gl_tf.service.operations.operation import Operation
from a2bm2gl_tf.service.operations.recommend import Recommend
from a2bm2gl_tf.service.operations.search import Search
from a2bm2gl_tf.service.operations.similar import Similar

OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (Recommend(), Similar(), FoldIn(), Explain(), Search())
}
