"""Starting a model of grown data from the weights of another run."""

import dataclasses

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.formats.ids import as_text
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.models.carried_weights import ITEMS, NODES, SHARED, USERS, CarriedWeight
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.modality_sample import ModalitySample
from a2bm2gl_tf.training.trained_on import loss_name
from a2bm2gl_tf.training.trained_weights import TrainedWeights

# Below this mean cosine, the columns of a modality are others than they were.
_SAME_FEATURES = 0.9


@dataclasses.dataclass(frozen=True)
class CarriedOver:
    """What a warm start took over.

    Attributes:
      users: of the new data, "known" to the other run and "new"; of the other's, "gone".
      items: likewise.
      fresh: name of each weight that keeps its initial value -> why.
      left_behind: names of the weights of the other run that this model does not have.
      held_out: "validation" and "test" -> how many of their interactions the other run has learned
        from, so that they measure too well.
    """

    users: dict[str, int]
    items: dict[str, int]
    fresh: dict[str, str]
    left_behind: tuple[str, ...]
    held_out: dict[str, int]

    def lines(self) -> list[str]:
        """For people."""
        counts = [
            f"{which['known']} {kind} carried over, {which['new']} new, {which['gone']} gone"
            for kind, which in (("users", self.users), ("items", self.items))
        ]
        lines = ["; ".join(counts)]
        lines += [f"{name} starts from its initialiser: {why}" for name, why in self.fresh.items()]
        if self.left_behind:
            lines.append(f"left behind: {', '.join(self.left_behind)}")
        return lines


def warm_start(
    model: Recommender, objective: Objective, dataset: Dataset, source: TrainedWeights
) -> CarriedOver:
    """Gives a new model what another run has learned.

    A row of a user or an item goes to the row of the same original id; rows of ids that the other
    run did not know keep the model's initial values, or start from 0 where the model says so.
    Weights without such rows are copied. What is for a modality that the other run did not have,
    had with other features, or, for weights that join modalities, had beside others, keeps its
    initial value. Learned graphs are selected again.

    Args:
      model: newly built on `dataset`; another of the same name and dimension.
      objective: its loss, newly built.
      dataset: with validation and test data apart from what is learned from.
      source: what to start from.

    Raises:
      UserError: if a modality has another width, or a weight another shape.
    """
    old = source.trained_on
    rows = {
        USERS: matching_rows(old.user_ids, dataset.user_ids),
        ITEMS: matching_rows(old.item_ids, dataset.item_ids),
    }
    rows[NODES] = np.concatenate(
        [rows[USERS], np.where(rows[ITEMS] < 0, -1, rows[ITEMS] + len(old.user_ids))]
    )
    changed = _changed_modalities(old.modalities, dataset.modalities, rows[ITEMS])
    entries = {entry.name: entry for entry in old.weights}
    weights = model.carried_weights() + [
        CarriedWeight(loss_name(objective, place), variable, SHARED)
        for place, variable in enumerate(objective.recommendation.variables)
    ]
    fresh = {}
    for weight in weights:
        if weight.name not in entries:
            fresh[weight.name] = next(
                (changed[m] for m in weight.modalities if m in changed),
                "the other run has no such weight",
            )
            continue
        why = _why_fresh(weight.modalities, entries[weight.name].modalities, changed)
        if why:
            fresh[weight.name] = why
        else:
            _carry(weight, source.arrays[weight.name], rows.get(weight.rows))
    model.refresh()
    return CarriedOver(
        users=_counts(rows[USERS], old.user_ids),
        items=_counts(rows[ITEMS], old.item_ids),
        fresh=fresh,
        left_behind=tuple(sorted(entries.keys() - {weight.name for weight in weights})),
        held_out={
            "validation": _known_pairs(old.train, rows, dataset.validation),
            "test": _known_pairs(old.train, rows, dataset.test),
        },
    )


def matching_rows(old_ids: np.ndarray, new_ids: np.ndarray) -> np.ndarray:
    """Where the new ids stand among the old ones.

    Args:
      old_ids: (n,) distinct ids, int64 or object of str. Whole numbers are matched with text by the
        way they are written.
      new_ids: (m,) likewise.

    Returns:
      int64 (m,), -1 for ids that are not among the old ones.
    """
    if old_ids.dtype != new_ids.dtype:
        old_ids, new_ids = as_text(old_ids), as_text(new_ids)
    places = {key: place for place, key in enumerate(old_ids.tolist())}
    return np.array([places.get(key, -1) for key in new_ids.tolist()], np.int64)


def _changed_modalities(
    old: tuple[ModalitySample, ...], new: tuple[Modality, ...], item_rows: np.ndarray
) -> dict[str, str]:
    """Name of each new modality whose weights cannot be taken over -> why."""
    by_name = {sample.name: sample for sample in old}
    changed = {}
    for modality in new:
        sample = by_name.get(modality.name)
        if sample is None:
            changed[modality.name] = f"modality {modality.name} is new"
            continue
        if sample.width != modality.dimension:
            raise UserError(
                f"--warm_start: modality {modality.name} had {sample.width} columns in the other "
                f"run and has {modality.dimension}; encode it as it was, or leave it out with "
                "--modalities"
            )
        likeness = sample.likeness(modality, item_rows)
        if likeness < _SAME_FEATURES:
            changed[modality.name] = (
                f"modality {modality.name} has other features than in the other run (mean cosine "
                f"{likeness:.2f} over items known to both)"
            )
    return changed


def _why_fresh(
    now: tuple[str, ...], before: tuple[str, ...], changed: dict[str, str]
) -> str | None:
    if now != before:
        return f"it joins modalities, {', '.join(before) or 'none'} before"
    return next((changed[name] for name in now if name in changed), None)


def _carry(weight: CarriedWeight, old: np.ndarray, rows: np.ndarray | None) -> None:
    shape = tuple(weight.variable.shape)
    first = 0 if rows is None else 1
    if old.shape[first:] != shape[first:]:
        raise UserError(
            f"--warm_start: {weight.name} has shape {old.shape} in the other run and {shape} here; "
            "give the model the settings that it had there"
        )
    if rows is None:
        weight.variable.assign(old)
        return
    values = weight.variable.numpy()
    if weight.new_rows_zero:
        values = np.zeros_like(values)
    values[rows >= 0] = old[rows[rows >= 0]]
    weight.variable.assign(values)


def _counts(rows: np.ndarray, old_ids: np.ndarray) -> dict[str, int]:
    known = int((rows >= 0).sum())
    return {"known": known, "new": len(rows) - known, "gone": len(old_ids) - known}


def _known_pairs(old: sp.csr_matrix, rows: dict[str, np.ndarray], held_out: sp.csr_matrix) -> int:
    """How many of the held-out interactions the other run has learned from."""
    pairs = held_out.tocoo()
    users, items = rows[USERS][pairs.row], rows[ITEMS][pairs.col]
    both = (users >= 0) & (items >= 0)
    return int(np.asarray(old[users[both], items[both]]).sum()) if both.any() else 0
