"""Models by name."""

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.models.a2bm2gl import A2BM2GL
from a2bm2gl_tf.models.baselines.deep_fm import DeepFM
from a2bm2gl_tf.models.baselines.factorisation_machine import FactorisationMachine
from a2bm2gl_tf.models.baselines.graph_sage import GraphSAGE
from a2bm2gl_tf.models.baselines.idgl import IDGL
from a2bm2gl_tf.models.baselines.matrix_factorisation import MatrixFactorisation
from a2bm2gl_tf.models.baselines.mgdcf import MGDCF
from a2bm2gl_tf.models.baselines.mmgcn import MMGCN
from a2bm2gl_tf.models.baselines.neural_mf import NeuralMF
from a2bm2gl_tf.models.baselines.pin_sage import PinSAGE
from a2bm2gl_tf.models.baselines.ultragcn import UltraGCN
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.lightgcn import LightGCN
from a2bm2gl_tf.models.popularity import Popularity
from a2bm2gl_tf.models.recommender import Recommender

MODELS: dict[str, type[Recommender]] = {
    "a2bm2gl": A2BM2GL,
    "bpr_mf": MatrixFactorisation,
    "deepfm": DeepFM,
    "fm": FactorisationMachine,
    "graphsage": GraphSAGE,
    "idgl": IDGL,
    "lightgcn": LightGCN,
    "mmgcn": MMGCN,
    "neumf": NeuralMF,
    "pinsage": PinSAGE,
    "mgdcf": MGDCF,
    "popularity": Popularity,
    "ultragcn": UltraGCN,
}


def build_model(name: str, dataset: Dataset, config: ModelConfig) -> Recommender:
    """Builds the model registered as `name`.

    Raises:
      KeyError: for a name that is not in `MODELS`.
      UserError: where the settings do not fit the data or the machine.
    """
    return MODELS[name](dataset, config)
