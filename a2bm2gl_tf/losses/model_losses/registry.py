"""Losses that only one model has, by the name that the model gives."""

from collections.abc import Callable

from a2bm2gl_tf.losses.model_losses.bm3 import BM3Loss
from a2bm2gl_tf.losses.model_losses.freedom import FreedomLoss
from a2bm2gl_tf.losses.model_losses.graph_infomax import GraphInfomaxLoss
from a2bm2gl_tf.losses.model_losses.idgl import IDGLLoss
from a2bm2gl_tf.losses.model_losses.max_margin import MaxMarginLoss
from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss
from a2bm2gl_tf.losses.model_losses.pair_bpr import PairBPRLoss
from a2bm2gl_tf.losses.model_losses.pointwise import PointwiseLoss
from a2bm2gl_tf.losses.model_losses.semrec_consistency import SemRecConsistency
from a2bm2gl_tf.losses.model_losses.ultragcn import UltraGCNLoss
from a2bm2gl_tf.models.recommender import Recommender

MODEL_LOSSES: dict[str, Callable[[], ModelLoss]] = {
    "bm3": BM3Loss,
    "freedom": FreedomLoss,
    "graph_infomax": GraphInfomaxLoss,
    "idgl": IDGLLoss,
    "max_margin": MaxMarginLoss,
    "pair_bpr": PairBPRLoss,
    "pointwise": PointwiseLoss,
    "semrec_consistency": SemRecConsistency,
    "ultragcn": UltraGCNLoss,
}


def build_model_losses(model: Recommender) -> list[ModelLoss]:
    """The losses in the order in which the model names them.

    Raises:
      KeyError: for a name that is not in `MODEL_LOSSES`.
    """
    return [MODEL_LOSSES[name]() for name in model.own_losses]
