"""Models by name."""

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.models.a2bm2gl import A2BM2GL
from a2bm2gl_tf.models.baselines.bm3 import BM3
from a2bm2gl_tf.models.baselines.deep_fm import DeepFM
from a2bm2gl_tf.models.baselines.ease import Ease
from a2bm2gl_tf.models.baselines.ease_content import EaseContent
from a2bm2gl_tf.models.baselines.factorisation_machine import FactorisationMachine
from a2bm2gl_tf.models.baselines.freedom import Freedom
from a2bm2gl_tf.models.baselines.graph_sage import GraphSAGE
from a2bm2gl_tf.models.baselines.han import HAN
from a2bm2gl_tf.models.baselines.herec import HERec
from a2bm2gl_tf.models.baselines.het_gnn import HetGNN
from a2bm2gl_tf.models.baselines.hgcl import HGCL
from a2bm2gl_tf.models.baselines.ials import Ials
from a2bm2gl_tf.models.baselines.idgl import IDGL
from a2bm2gl_tf.models.baselines.item_knn import ItemKNN
from a2bm2gl_tf.models.baselines.lattice import Lattice
from a2bm2gl_tf.models.baselines.matrix_factorisation import MatrixFactorisation
from a2bm2gl_tf.models.baselines.mgdcf import MGDCF
from a2bm2gl_tf.models.baselines.mmgcn import MMGCN
from a2bm2gl_tf.models.baselines.neural_mf import NeuralMF
from a2bm2gl_tf.models.baselines.pin_sage import PinSAGE
from a2bm2gl_tf.models.baselines.semrec import SemRec
from a2bm2gl_tf.models.baselines.ultragcn import UltraGCN
from a2bm2gl_tf.models.baselines.vbpr import Vbpr
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.lightgcn import LightGCN
from a2bm2gl_tf.models.popularity import Popularity
from a2bm2gl_tf.models.recommender import Recommender

MODELS: dict[str, type[Recommender]] = {
    "a2bm2gl": A2BM2GL,
    "bm3": BM3,
    "bpr_mf": MatrixFactorisation,
    "deepfm": DeepFM,
    "ease": Ease,
    "ease_content": EaseContent,
    "fm": FactorisationMachine,
    "freedom": Freedom,
    "graphsage": GraphSAGE,
    "han": HAN,
    "herec": HERec,
    "hetgnn": HetGNN,
    "hgcl": HGCL,
    "ials": Ials,
    "idgl": IDGL,
    "itemknn": ItemKNN,
    "lattice": Lattice,
    "lightgcn": LightGCN,
    "mgdcf": MGDCF,
    "mmgcn": MMGCN,
    "neumf": NeuralMF,
    "pinsage": PinSAGE,
    "popularity": Popularity,
    "semrec": SemRec,
    "ultragcn": UltraGCN,
    "vbpr": Vbpr,
}


def build_model(name: str, dataset: Dataset, config: ModelConfig) -> Recommender:
    """Builds the model registered as `name`.

    Raises:
      KeyError: for a name that is not in `MODELS`.
      UserError: where the settings do not fit the data or the machine.
    """
    return MODELS[name](dataset, config)
