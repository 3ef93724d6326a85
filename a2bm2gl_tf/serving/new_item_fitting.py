"""From a trained model to embeddings of items it has never seen."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.evaluation.evaluate import evaluate
from a2bm2gl_tf.evaluation.scoring import embedding_scores
from a2bm2gl_tf.models.new_item_encoder import ContentPart, NewItemEncoder
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.serving.feature_map import RIDGES, FeatureMap, Regression
from a2bm2gl_tf.serving.fold_in_selection import CUTOFF, validated_users
from a2bm2gl_tf.serving.new_items import NewItems

_LOGGER = logging.getLogger(__name__)

SEMANTIC = "semantic part, and a ridge regression of the collaborative part on features"
REGRESSION = "ridge regression of the embeddings on features; the model has no part made of content"


class _Parts(NamedTuple):
    """A model's embeddings, cut into what content makes and what it does not."""

    users: np.ndarray
    content: ContentPart | None
    modalities: tuple[Modality, ...]
    of_content: np.ndarray
    regression: Regression


class SummedEncoder(NewItemEncoder):
    """The sum of encoders that take the same modalities in the same order."""

    def __init__(self, encoders: Sequence[NewItemEncoder]):
        super().__init__(name="summed_encoder")
        self._encoders = list(encoders)
        self.modalities, self.widths = encoders[0].modalities, encoders[0].widths

    def __call__(self, features: Sequence[tf.Tensor], present: Sequence[tf.Tensor]) -> tf.Tensor:
        """See `NewItemEncoder`."""
        return tf.add_n([encode(features, present) for encode in self._encoders])


def select_ridge(model: Recommender, dataset: Dataset) -> float:
    """The ridge with which left-out items are ranked best for the users who will like them.

    Every known item's collaborative part is predicted from the other items (the content part is as
    trained), and each user's validation items are ranked among all other unseen items so predicted.

    Args:
      model: trained on `dataset.train`; has embeddings.
      dataset: has content.

    Returns:
      The ridge of the highest NDCG@10; without validation data, that of the smallest error.
    """
    parts = _parts_of(model, dataset)
    users = validated_users(dataset.train, dataset.validation)
    rows, regression = parts.regression.rows, parts.regression
    wanted, seen = dataset.validation[users][:, rows], dataset.train[users][:, rows]
    if not wanted.nnz:
        return min(RIDGES, key=regression.error)
    cutoff = min(CUTOFF, len(rows))

    def ndcg(ridge: float) -> float:
        items = (parts.of_content[rows] + regression.left_out(ridge)).astype(np.float32)
        scores = embedding_scores(parts.users[users], items)
        return evaluate(scores, wanted, seen, (cutoff,), with_auc=False).means[f"ndcg@{cutoff}"]

    reached = {ridge: ndcg(ridge) for ridge in RIDGES}
    best = max(reached, key=reached.get)
    _LOGGER.info(
        "new items by ridge %g: ndcg@%d of left-out items %.4f", best, cutoff, reached[best]
    )
    return best


def fit_new_items(
    model: Recommender, dataset: Dataset, ridge: float, with_content_part: bool = True
) -> NewItems:
    """Fits what embeds new items to a trained model.

    Args:
      model: the model that is served; has embeddings.
      dataset: what it was trained on; has content.
      ridge: of `select_ridge`.
      with_content_part: False leaves all to the regression, for comparison.
    """
    parts = _parts_of(model, dataset, with_content_part)
    rest = FeatureMap(parts.modalities, *parts.regression.solution(ridge))
    if parts.content is None:
        return NewItems(rest, parts.modalities, REGRESSION)
    return NewItems(SummedEncoder([parts.content.encoder, rest]), parts.modalities, SEMANTIC)


def offers_new_items(model: Recommender, dataset: Dataset) -> bool:
    """Whether there are embeddings, and content that they could be predicted from."""
    interacted = dataset.train.getnnz(axis=0) > 0
    return model.has_embeddings and any((m.present & interacted).any() for m in dataset.modalities)


def _parts_of(model: Recommender, dataset: Dataset, with_content_part: bool = True) -> _Parts:
    users, items = (rows.numpy() for rows in model.embeddings())
    content = model.content_part() if with_content_part else None
    of_content = np.zeros_like(items) if content is None else content.items
    modalities = tuple(m for m in dataset.modalities if m.present.any())
    counts = dataset.train.getnnz(axis=0)
    regression = Regression(modalities, items - of_content, counts)
    return _Parts(users, content, modalities, of_content, regression)
