"""Data shared by tests of several layers."""

import os
from pathlib import Path

import numpy as np
import pytest

from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import load_dataset

# tf_geometric's dependency asks the network for news of itself unless told not to.
os.environ.setdefault("OUTDATED_IGNORE", "1")

_REAL_DATA = Path(
    os.environ.get("A2BM2GL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


@pytest.fixture(scope="session")
def small_dataset():
    """A few dozen generated users and items with all three modalities."""
    return load_dataset(
        "synthetic", DatasetOptions(num_users=60, num_items=50, num_interactions=900, seed=3)
    )


@pytest.fixture(scope="session")
def real_data():
    """Finds a folder of real data, or skips the test."""

    def find(name: str) -> Path:
        path = _REAL_DATA / name
        if not path.is_dir():
            pytest.skip(f"{name} is not at hand; set A2BM2GL_DATA to the folder that holds it")
        return path

    return find


@pytest.fixture(scope="session")
def peer_arrays():
    """A function of a file's stem in `peers/` to its arrays by name."""

    def load(name: str) -> dict[str, np.ndarray]:
        with np.load(Path(__file__).parent / "peers" / f"{name}.npz") as archive:
            return dict(archive)

    return load
