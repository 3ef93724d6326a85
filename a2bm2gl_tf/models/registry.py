"""Models by name."""

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.models.a2bm2gl import A2BM2GL
from a2bm2gl_tf.models.baselines.herec import HERec
from a2bm2gl_tf.models.baselines.matrix_factorisation import MatrixFactorisation
from a2bm2gl_tf.models.baselines.semrec import SemRec
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.lightgcn import LightGCN
from a2bm2gl_tf.models.popularity import Popularity
from a2bm2gl_tf.models.recommender import Recommender

MODELS: dict[str, type[Recommender]] = {
    "a2bm2gl": A2BM2GL,
    "bpr_mf": MatrixFactorisation,
    "herec": HERec,
    "lightgcn": LightGCN,
    "popularity": Popularity,
    "semrec": SemRec,
}


def build_model(name: str, dataset: Dataset, config: ModelConfig) -> Recommender:
    """Builds the model registered as `name`.

    Raises:
      KeyError: for a name that is not in `MODELS`.
      UserError: where the settings do not fit the data or the machine.
    """
    return MODELS[name](dataset, config)
