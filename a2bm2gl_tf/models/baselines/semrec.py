"""SemRec: votes of similar users along meta-paths, with path weights of each user's own."""

import dataclasses
from collections.abc import Iterator

import keras
import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.held_out_votes import held_out_votes
from a2bm2gl_tf.graph.meta_paths import (
    alike_videos,
    modality_graphs,
    user_video_modality_video_user,
    user_video_user,
)
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend
from a2bm2gl_tf.graph.sparse_lookup import SparseLookup
from a2bm2gl_tf.models.carried_weights import CarriedWeight, user_rows
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations, Scorer


@dataclasses.dataclass(frozen=True)
class SemRecSettings:
    """What SemRec alone has.

    Attributes:
      similar_users: users that vote along each path, the most similar ones.
      consistency_weight: lambda_1, the weight of the consistency of similar users' path weights.
    """

    similar_users: int = 50
    consistency_weight: float = 0.1


class SemRec(Recommender):
    r"""SemRec (Shi et al., CIKM 2015; World Wide Web 22, 2019), personalised weights.

      r^l_uv = sum_w S^l_uw r_wv / sum_w S^l_uw,   s_uv = sum_l W_ul r^l_uv,   W >= 0

    S^l is the PathSim of users along meta-path l: U-V-U, and U-V-M-V-U through each modality M. The
    weights W are learned by projected gradient steps, under the regularisation that a user's are
    the mean of those of the users similar along the same path:

      (lambda_1 / 2) sum_l || W_l - S^l W_l ||^2,   the rows of S^l divided by their sums

    Adapted: there are no ratings, thus no weighted meta-paths; of the two outcomes, watched and
    not, the paper's expectation over rating values is the share of watched above. The paper fits
    observed ratings by least squares; here all observed ones are the same, so BPR ranks them above
    sampled items (the losses "pair_bpr" and "semrec_consistency"; lambda_0, the shrinkage of W, is
    the setting l2). Only the most similar users vote: long paths make everybody similar.

    A user is similar to those that watched v for having watched v, which no item that is yet to be
    recommended has in its favour. So r_uv of an interaction is computed without it, exactly and
    with voters chosen anew (`held_out_votes`): every r_uv, of whatever pair, is what all other
    pairs say. The sampled item that an interaction is ranked above thus has all interactions of u
    behind it, and the consistency keeps the S of all.

    Args:
      dataset: its training interactions and modalities.
      config: `knn`, `propagation` and `own`, the values of `SemRecSettings`.

    Raises:
      UserError: for settings out of range.
    """

    has_embeddings = False
    own_losses = ("pair_bpr", "semrec_consistency")
    own_settings = SemRecSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="semrec", dtype="float32", **kwargs)
        settings = make_own_settings(SemRecSettings, config.own)
        if settings.similar_users < 1:
            raise UserError(
                f"--model_settings=similar_users={settings.similar_users}: somebody has to vote; "
                "give 1 or more"
            )
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.modality_names = tuple(modality.name for modality in dataset.modalities)
        self.consistency_weight = settings.consistency_weight
        top = settings.similar_users
        self._train = dataset.train
        # The matrices follow from dataset and settings: nothing a checkpoint has to hold.
        all_votes, corrections, lookups = [], [], []
        for similarity, alike in _paths(dataset, config.knn, top):
            votes = _rows_to_one(similarity)
            shares = votes @ dataset.train
            correction = _correction(shares, dataset.train, alike, top)
            all_votes.append(votes)
            corrections.append(correction)
            lookups.append(SparseLookup(shares + correction))
        self._votes, self._corrections = tuple(all_votes), tuple(corrections)
        self._scores = tuple(lookups)
        backend = resolve_backend(config.propagation, config.jit_compile)
        self._means = tuple(SparseOperator(votes, backend) for votes in self._votes)
        self._has_similar = tf.constant(
            np.stack([np.diff(votes.indptr) > 0 for votes in self._votes], axis=1), tf.float32
        )
        self.path_weights = self.add_weight(
            name="path_weights",
            shape=(self.num_users, len(self._votes)),
            initializer=keras.initializers.Ones(),
            constraint=keras.constraints.NonNeg(),
            dtype="float32",
        )
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        # A column a meta-path, and each modality makes one.
        return user_rows("path_weights", self.path_weights, self.modality_names)

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """W stands in the place of users, float32 (U, P); items have nothing of their own."""
        del training, dropout_seed
        weights = tf.convert_to_tensor(self.path_weights)
        return Representations.of_final(weights, tf.zeros([self.num_items, weights.shape[1]]))

    def inconsistency(self, weights: tf.Tensor) -> tf.Tensor:
        """W_l - S^l W_l, float32 (U, P); 0 for a user without a similar one along the path."""
        parts = tf.split(weights, len(self._means), axis=1)
        means = [mean(part) for mean, part in zip(self._means, parts, strict=True)]
        return self._has_similar * (weights - tf.concat(means, axis=1))

    def pair_scores(
        self, representations: Representations, users: tf.Tensor, items: tf.Tensor
    ) -> tf.Tensor:
        """Scores of pairs, differentiable in W; see `Recommender.pair_scores`."""
        weights = tf.gather(representations.users, users)
        if len(items.shape) == 2:
            weights = weights[:, None, :]
            users = tf.repeat(users[:, None], tf.shape(items)[1], axis=1)
        of_paths = tf.stack([score(users, items) for score in self._scores], axis=-1)
        return tf.reduce_sum(weights * of_paths, axis=-1)

    def scorer(self) -> Scorer:
        """Scores of all items by one sparse product a block; see `Recommender.scorer`."""
        weights = self.path_weights.numpy()

        def score(rows: np.ndarray) -> np.ndarray:
            rows = np.asarray(rows)
            combined = sp.csr_matrix((len(rows), self.num_users), dtype=np.float32)
            for path, votes in enumerate(self._votes):
                combined = combined + sp.diags(weights[rows, path]) @ votes[rows]
            scores = combined @ self._train
            for path, correction in enumerate(self._corrections):
                scores = scores + sp.diags(weights[rows, path]) @ correction[rows]
            return scores.toarray()

        return score


def _paths(dataset: Dataset, k: int, top: int) -> Iterator[tuple[sp.csr_matrix, sp.csr_matrix]]:
    """Along each meta-path the similarity of users, and the videos that are alike."""
    same = sp.identity(dataset.num_items, np.float32, format="csr")
    yield user_video_user(dataset.train, top), same
    for graph in modality_graphs(dataset, k).values():
        yield user_video_modality_video_user(dataset.train, graph, top), alike_videos(graph)


def _correction(
    shares: sp.csr_matrix, train: sp.csr_matrix, alike: sp.csr_matrix, top: int
) -> sp.csr_matrix:
    """What makes r of an interaction of r with that interaction left out; CSR (U, V)."""
    without = held_out_votes(train, alike, top)
    kept = sp.csr_matrix((without, train.indices, train.indptr), train.shape)
    return kept - shares.multiply(train)


def _rows_to_one(similarity: sp.csr_matrix) -> sp.csr_matrix:
    """Every row that is not empty divided by its sum."""
    sums = np.asarray(similarity.sum(axis=1), np.float64).ravel()
    scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    return sp.csr_matrix(sp.diags(scale) @ similarity, dtype=np.float32)
