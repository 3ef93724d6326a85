"""What the weights of a run stand for, kept beside them: ids, interactions, modalities, names."""

import dataclasses
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.preparation.store import fixed_width
from a2bm2gl_tf.data.reading.array_archives import load_array_archive
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import atomic_write
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.modality_sample import ModalitySample

FILE_NAME = "trained_on.npz"


class WeightEntry(NamedTuple):
    """A carried weight, and where a checkpoint has it.

    Attributes:
      name: see `CarriedWeight`; those of the loss begin with "loss/".
      key: its variable's name in a checkpoint.
      rows: see `CarriedWeight`.
      modalities: likewise.
      shape: of the variable.
    """

    name: str
    key: str
    rows: str
    modalities: tuple[str, ...]
    shape: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class TrainedOn:
    """What another run has to know of a run to start from its weights.

    Attributes:
      model: registry name of the model.
      dimension: d of its embeddings.
      user_ids: (U,) original ids, int64 or object of str, in the order of the rows.
      item_ids: (V,) likewise.
      train: CSR (U, V) of the interactions that were learned from.
      validation: likewise of those that a refit learns from too.
      modalities: in the order of the dataset.
      weights: the weights that may be carried.
    """

    model: str
    dimension: int
    user_ids: np.ndarray
    item_ids: np.ndarray
    train: sp.csr_matrix
    validation: sp.csr_matrix
    modalities: tuple[ModalitySample, ...]
    weights: tuple[WeightEntry, ...]

    @classmethod
    def describe(
        cls, name: str, dimension: int, model: Recommender, objective: Objective, dataset: Dataset
    ) -> "TrainedOn":
        """Of a model that is about to be trained.

        Args:
          name: registry name of the model.
          dimension: d of its embeddings.
          model: the model.
          objective: its loss.
          dataset: what it is trained on, with its validation data apart.

        Raises:
          UserError: if the model cannot be started from.
        """
        places = {id(variable): place for place, variable in enumerate(model.state())}
        weights = [
            WeightEntry(
                weight.name,
                _key("model", places[id(weight.variable.value)]),
                weight.rows,
                weight.modalities,
                tuple(weight.variable.shape),
            )
            for weight in model.carried_weights()
        ]
        of_loss = objective.recommendation.variables
        weights += [
            WeightEntry(loss_name(objective, place), _key("loss", place), "shared", (), shape)
            for place, shape in enumerate(tuple(variable.shape) for variable in of_loss)
        ]
        return cls(
            name,
            dimension,
            dataset.user_ids,
            dataset.item_ids,
            dataset.train,
            dataset.validation,
            tuple(map(ModalitySample.of, dataset.modalities)),
            tuple(weights),
        )

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Name -> array of numbers or fixed-width text; the inverse of `from_arrays`."""
        about = {
            "model": self.model,
            "dimension": self.dimension,
            "modalities": [[m.name, m.width] for m in self.modalities],
            "weights": [weight._asdict() for weight in self.weights],
        }
        arrays = {
            # As bytes: text of fixed width takes four times the room.
            "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
            "user_ids": fixed_width(self.user_ids, "user"),
            "item_ids": fixed_width(self.item_ids, "item"),
        }
        for part, matrix in (("train", self.train), ("validation", self.validation)):
            arrays[f"{part}_indptr"] = matrix.indptr.astype(np.int64)
            arrays[f"{part}_indices"] = matrix.indices.astype(np.int32)
        for place, modality in enumerate(self.modalities):
            arrays[f"sampled_items_{place}"] = modality.items
            arrays[f"sampled_features_{place}"] = modality.features
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "TrainedOn":
        """The inverse of `to_arrays`.

        Raises:
          KeyError, ValueError, TypeError: if the arrays are not of this version.
        """
        about = json.loads(arrays["about"].tobytes())
        shape = (len(arrays["user_ids"]), len(arrays["item_ids"]))
        return cls(
            about["model"],
            about["dimension"],
            _ids(arrays["user_ids"]),
            _ids(arrays["item_ids"]),
            _matrix(arrays, "train", shape),
            _matrix(arrays, "validation", shape),
            tuple(
                ModalitySample(
                    name,
                    width,
                    arrays[f"sampled_items_{place}"],
                    arrays[f"sampled_features_{place}"],
                )
                for place, (name, width) in enumerate(about["modalities"])
            ),
            tuple(
                WeightEntry(
                    **weight
                    | {"modalities": tuple(weight["modalities"]), "shape": tuple(weight["shape"])}
                )
                for weight in about["weights"]
            ),
        )

    def write(self, directory: Path) -> None:
        """Writes it into a run's directory, once."""
        if not (directory / FILE_NAME).exists():
            write_arrays(directory / FILE_NAME, self.to_arrays())

    @classmethod
    def read(cls, directory: Path) -> "TrainedOn | None":
        """That of the run in `directory`; None where an earlier version has trained it.

        Raises:
          UserError: if the file is damaged.
        """
        path = directory / FILE_NAME
        if not path.is_file():
            return None
        return reading(path, cls.from_arrays, load_array_archive(path))


def loss_name(objective: Objective, place: int) -> str:
    """The name by which a variable of the loss is carried."""
    return f"loss/{objective.recommendation.name}/{place}"


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Writes an archive that `load_array_archive` reads, atomically."""
    with atomic_write(path, "wb") as file:
        np.savez(file, **arrays)


def reading(path: Path, make, arrays: dict[str, np.ndarray]):
    """Makes something of a file's arrays, or says that the file is damaged.

    Raises:
      UserError: if they are not what `make` takes.
    """
    try:
        return make(arrays)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}: damaged, or not of this version ({error}); start from another run"
        ) from error


def _key(part: str, place: int) -> str:
    return f"{part}/{place}/.ATTRIBUTES/VARIABLE_VALUE"


def _ids(stored: np.ndarray) -> np.ndarray:
    return stored.astype(object) if stored.dtype.kind == "U" else stored


def _matrix(arrays: dict[str, np.ndarray], part: str, shape: tuple[int, int]) -> sp.csr_matrix:
    indices = arrays[f"{part}_indices"]
    data = np.ones(len(indices), np.float32)
    matrix = sp.csr_matrix((data, indices, arrays[f"{part}_indptr"]), shape=shape)
    matrix.check_format()
    return matrix
