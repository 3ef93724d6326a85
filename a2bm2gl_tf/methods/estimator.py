"""Fit, score, recommend, save and load: one interface for every registered model."""

from pathlib import Path

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.fingerprint import data_fingerprint
from a2bm2gl_tf.data.reading.array_archives import load_array_archive
from a2bm2gl_tf.directories import atomic_directory
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.evaluation.scoring import ScoreFn
from a2bm2gl_tf.evaluation.top_k_of_scores import top_k_of_scores
from a2bm2gl_tf.files import write_json
from a2bm2gl_tf.methods.fitting import build_model_and_objective, fit, model_scores
from a2bm2gl_tf.methods.settings import FitSettings
from a2bm2gl_tf.methods.stored_settings import blaming_settings
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.models.registry import MODELS
from a2bm2gl_tf.stored_values import read_json
from a2bm2gl_tf.training.progress import Progress

_SETTINGS, _WEIGHTS = "settings.json", "weights.npz"
_REMEDY = "fit and save it again"
# The product of two such embeddings still is a float32.
_LARGEST_WEIGHT = 1e18
# Of settings.json: the fingerprint of the dataset, beside the settings.
_DATA = "fitted_to"


class Estimator:
    """A model that can be fitted to a dataset and asked for recommendations.

    Args:
      settings: the model and how it is trained; `registry.find_method(name).fit_settings()` gives
        the defaults of a registered one.
      evaluation: how it is validated.
    """

    def __init__(self, settings: FitSettings, evaluation: EvaluationConfig | None = None):
        self.settings = settings
        self.evaluation = evaluation or EvaluationConfig()
        self._model: Recommender | None = None
        self._train: sp.csr_matrix | None = None
        self._data = ""

    def fit(self, dataset: Dataset, directory: Path, validate: bool = True) -> Progress:
        """Learns from `dataset.train`; interrupted, the same call goes on from where it was.

        Args:
          dataset: the data.
          directory: where checkpoints and logs go; belongs to this fit.
          validate: picks the best step by `dataset.validation`; otherwise all epochs are trained.

        Returns:
          What the training came to.

        Raises:
          UserError: where the settings do not fit the data or the machine, or training diverges.
        """
        validation = dataset.validation if validate else None
        self._data, self._train = data_fingerprint(dataset), dataset.train
        self._model, progress = fit(
            self.settings, dataset, self.evaluation, directory, validation=validation
        )
        return progress

    @property
    def model(self) -> Recommender:
        """The fitted model.

        Raises:
          ValueError: before `fit` or `load`.
        """
        if self._model is None:
            raise ValueError("not fitted yet: call fit or load first")
        return self._model

    def scores(self) -> ScoreFn:
        """A function of user rows, int (b,), to the scores of all items, float32 (b, V)."""
        return model_scores(self.model)

    def recommend(
        self,
        users: np.ndarray,
        k: int,
        seen: sp.csr_matrix | None = None,
        exclude_seen: bool = True,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k best items of each user; see `top_k_of_scores`.

        Args:
          users: int (n,) user rows.
          k: places a user, 1 to V.
          seen: CSR (U, V), non-zero at the items to leave out; None for those of the training data.
          exclude_seen: False leaves out none.

        Returns:
          int32 (n, k) item rows, -1 in an empty place, and float32 (n, k) scores, -inf there.
        """
        if seen is None:
            seen = self._train
        left_out = seen if exclude_seen else None
        return top_k_of_scores(self.scores(), left_out, k, users, self.model.num_items)

    def embeddings(self) -> tuple[np.ndarray, np.ndarray] | None:
        """(E_u, E_v), float32 (U, d) and (V, d); None for a model that scores without them."""
        if not self.model.has_embeddings:
            return None
        users, items = self.model.embeddings()
        return users.numpy(), items.numpy()

    def save(self, directory: Path) -> None:
        """Writes settings, weights and what they were fitted to, whole or not at all.

        Args:
          directory: what stands there is replaced.
        """
        arrays = self.model.to_arrays()
        with atomic_directory(directory) as temporary:
            write_json(temporary / _SETTINGS, {**self.settings.to_json(), _DATA: self._data})
            with open(temporary / _WEIGHTS, "wb") as file:
                np.savez(file, **{f"{i:04d}": array for i, array in enumerate(arrays)})

    @classmethod
    def load(cls, directory: Path, dataset: Dataset) -> "Estimator":
        """Reads what `save` wrote.

        Args:
          directory: where it is.
          dataset: what it was fitted to, whose graph the model is built on.

        Raises:
          UserError: if it is not there, damaged, of other data, be it another split of the same, or
            does not fit into memory.
        """
        try:
            values = read_json(directory / _SETTINGS, _REMEDY)
            estimator = cls(FitSettings.from_json(values))
            estimator._data = values[_DATA]
            if estimator.settings.model not in MODELS:
                raise ValueError(f"there is no model {estimator.settings.model!r}")
        except (AttributeError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{directory}: no saved estimator of this version ({error}); {_REMEDY}"
            ) from error
        stored = load_array_archive(directory / _WEIGHTS)
        arrays = [stored[name] for name in sorted(stored)]
        if not all(_is_sound(array) for array in arrays):
            raise UserError(
                f"{directory / _WEIGHTS}: holds something other than finite numbers that training "
                f"comes to; {_REMEDY}"
            )
        # Weights of the right shapes would load onto the wrong graph, and mean nothing there.
        if estimator._data != data_fingerprint(dataset):
            raise UserError(
                f"{directory}: was not fitted to this data, its split and features being others; "
                "give what it was fitted to, or fit it again"
            )
        try:
            with blaming_settings(directory / _SETTINGS, _REMEDY):
                model, _ = build_model_and_objective(estimator.settings, dataset)
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            raise UserError(
                f"{directory / _SETTINGS}: its model does not fit into memory; load it on the "
                f"machine that fitted it, or {_REMEDY}"
            ) from error
        try:
            model.from_arrays(arrays)
        except (ValueError, TypeError, tf.errors.OpError) as error:
            raise UserError(
                f"{directory / _WEIGHTS}: not the weights of its settings; {_REMEDY}"
            ) from error
        estimator._model, estimator._train = model, dataset.train
        return estimator


def _is_sound(array: np.ndarray) -> bool:
    if array.dtype.kind != "f":
        return array.dtype.kind in "biu"
    return bool((np.abs(array) <= _LARGEST_WEIGHT).all())
