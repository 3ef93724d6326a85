"""ALS and BPR of the `implicit` library."""

from collections.abc import Iterator

import numpy as np

from a2bm2gl_tf.benchmarks.task import NotMeasured, Peer, Task, recall_of_lists

_INSTALL = "not installed: pip install implicit"


class ImplicitModel(Peer):
    """A factor model of the library; an epoch is one of its iterations.

    Args:
      task: the work; `num_layers` has no meaning here.
      kind: "als" or "bpr".

    Raises:
      NotMeasured: the library is not installed.
    """

    def __init__(self, task: Task, kind: str):
        try:
            from implicit.cpu.als import AlternatingLeastSquares
            from implicit.cpu.bpr import BayesianPersonalizedRanking
            from threadpoolctl import threadpool_limits
        except ImportError as error:
            raise NotMeasured(_INSTALL) from error
        classes = {"als": AlternatingLeastSquares, "bpr": BayesianPersonalizedRanking}
        self._task = task
        # The library has threads of its own, and asks for none in the BLAS beneath them.
        self._one_blas_thread = lambda: threadpool_limits(1, "blas")
        with self._one_blas_thread():
            self._model = classes[kind](
                factors=task.dimension,
                iterations=1,
                num_threads=task.cores,
                # An object, not a number, or every iteration would draw the same samples.
                random_state=np.random.default_rng(task.seed),
            )
        self.note = {"als": "no gradient steps", "bpr": "no graph, 1 sampled negative"}[kind]

    def epoch(self) -> Iterator[None]:
        """One iteration from where the last one ended."""
        with self._one_blas_thread():
            self._model.fit(self._task.train, show_progress=False)
        yield

    def recall(self, k: int) -> float:
        """Lists by the library's own recommendation of many users."""
        users = np.flatnonzero(np.diff(self._task.test.indptr))
        with self._one_blas_thread():
            items, _ = self._model.recommend(
                users, self._task.train[users], N=k, filter_already_liked_items=True
            )
        return recall_of_lists(items, users, self._task.test)
