import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]

# Wide enough for OpenBLAS to share the dense products out among threads.
PROGRAM = """
import hashlib
import numpy as np
from pathlib import Path
from a2bm2gl_tf.data.features.content import Texts, Vectors
from a2bm2gl_tf.data.features.encoding import EncodingOptions, encode

rng = np.random.default_rng(0)
titles = tuple(" ".join(f"w{w}" for w in rng.zipf(1.3, 12) % 900) for _ in range(1500))
content = Texts("title", np.arange(1500), Path("titles"), titles)
for name in ("tfidf", "tfidf_svd", "doc2vec"):
    options = EncodingOptions(text_encoder=name, dimension=96, doc2vec_epochs=3, seed=4)
    print(name, hashlib.sha256(encode(content, options).rows.tobytes()).hexdigest())
vectors = Vectors("v", np.arange(900), Path("v"), rng.standard_normal((900, 300), np.float32))
rows = encode(vectors, EncodingOptions(vector_encoder="pca", dimension=96)).rows
print("pca", hashlib.sha256(rows.tobytes()).hexdigest())
"""


def run(threads, hash_seed):
    environment = dict(os.environ, PYTHONHASHSEED=hash_seed, PYTHONPATH=str(REPOSITORY))
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[name] = threads
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(line.split() for line in done.stdout.splitlines())


@pytest.mark.slow
def test_threads_and_hash_seeds_change_no_byte():
    first = run("1", "1")
    assert set(first) == {"tfidf", "tfidf_svd", "doc2vec", "pca"}
    assert len(set(first.values()) | {hashlib.sha256().hexdigest()}) == 5
    assert run("2", "77") == first
