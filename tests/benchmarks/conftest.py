import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.benchmarks.task import Task


@pytest.fixture(scope="session")
def small_task():
    """40 users and 30 items; user 0 has met everything but one item, user 1 nothing."""
    rng = np.random.default_rng(0)
    kind = rng.choice(3, size=(40, 30), p=[0.7, 0.2, 0.1])
    kind[0], kind[1] = 1, 0
    kind[0, 7] = 2
    parts = [sp.csr_matrix(kind == part, dtype=np.float32) for part in (1, 2)]
    return Task(*parts, dimension=8, cores=1, batch_users=16)
