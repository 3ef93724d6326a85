"""What is compared: the methods, their trials and seeds on one dataset under one protocol."""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from typing import Any

from a2bm2gl_tf.comparison.cells import FINAL, TRIAL, Cell
from a2bm2gl_tf.comparison.digest import digest_of
from a2bm2gl_tf.comparison.search import draw_trials
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.methods.method import Method
from a2bm2gl_tf.methods.settings import FitSettings, with_settings
from a2bm2gl_tf.stored_values import from_fields

REFERENCE = "a2bm2gl"


@dataclasses.dataclass(frozen=True)
class DataSummary:
    """What a table says of a dataset.

    Attributes:
      fingerprint: see `data_fingerprint`.
      name: what it is called.
      sizes: one line: users, items, interactions, modalities.
      protocol: one line: split, candidates, what is left out.
      has_content: whether it has a modality.
    """

    fingerprint: str
    name: str
    sizes: str
    protocol: str
    has_content: bool


@dataclasses.dataclass(frozen=True)
class Rules:
    """What holds for all methods alike.

    Attributes:
      evaluation: how they are scored.
      monitor: the validation metric by which steps and settings are picked.
      trials: budget of each method's tuning.
      tuning_seed: seed of the trials and of their draw.
      seeds: seeds of the fits that are tested.
      epochs: most epochs of every fit.
      evaluate_every: epochs between validations.
      patience: validations without improvement after which a fit ends; 0 never ends it early.
      refit: whether the picked model is trained again on training and validation data.
    """

    evaluation: EvaluationConfig
    monitor: str
    trials: int
    tuning_seed: int
    seeds: tuple[int, ...]
    epochs: int = 200
    evaluate_every: int = 5
    patience: int = 6
    refit: bool = False

    @property
    def training(self) -> dict[str, Any]:
        """The settings that every fit takes from the rules, flag name -> value."""
        names = ("monitor", "epochs", "evaluate_every", "patience")
        return {name: getattr(self, name) for name in names}


@dataclasses.dataclass(frozen=True)
class Entrant:
    """A row of a comparison: a method, or a variant of one.

    Attributes:
      name: of the row, unlike any other's; of a method its registry name.
      title: as tables print it.
      group: see `Method.group`.
      defaults: the settings that trials start from; their `model` is the registry name.
      trials: what each trial changes of them.
      left_out: why it is not run at all, or "".
    """

    name: str
    title: str
    group: str
    defaults: FitSettings
    trials: tuple[dict[str, Any], ...]
    left_out: str = ""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A table of one dataset, before its numbers.

    Attributes:
      data: the dataset.
      rules: what holds for all methods.
      entrants: the methods, in the table's order.
      reference: name of the entrant that the others are contrasted with.
    """

    data: DataSummary
    rules: Rules
    entrants: tuple[Entrant, ...]
    reference: str = REFERENCE

    @property
    def reference_entrant(self) -> Entrant:
        """The entrant that the others are contrasted with, which must be among them."""
        return next(entrant for entrant in self.entrants if entrant.name == self.reference)

    def trial_cells(self, entrant: Entrant) -> list[Cell]:
        """The cells of a method's tuning, in the order of its trials."""
        return [
            self._cell(TRIAL, entrant, trial, self.rules.tuning_seed)
            for trial in range(len(entrant.trials))
        ]

    def final_cells(self, entrant: Entrant, trial: int) -> list[Cell]:
        """The cells that are tested once a trial's settings are picked, one a seed."""
        return [self._cell(FINAL, entrant, trial, seed) for seed in self.rules.seeds]

    def _cell(self, kind: str, entrant: Entrant, trial: int, seed: int) -> Cell:
        rules, picked = self.rules, entrant.trials[trial]
        values = {**picked, **rules.training, "seed": seed}
        settings = with_settings(entrant.defaults, values)
        return Cell(
            kind=kind,
            method=entrant.defaults.model,
            trial=trial,
            picked=picked,
            settings=settings,
            data=self.data.fingerprint,
            evaluation=rules.evaluation,
            refit=rules.refit and kind == FINAL,
        )

    @property
    def identity(self) -> str:
        """The same for comparisons whose methods may stand in one table."""
        return digest_of([self.data.fingerprint, self.rules])

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Comparison":
        """The inverse of `to_json`.

        Raises:
          KeyError, TypeError, ValueError: if the value is not of this version.
        """
        entrants = tuple(
            from_fields(
                Entrant, {**entrant, "defaults": FitSettings.from_json(entrant["defaults"])}
            )
            for entrant in value["entrants"]
        )
        # What an earlier version noted compares methods, and names no reference.
        comparison = from_fields(cls, {**value, "entrants": entrants})
        if not (comparison.rules.seeds and comparison.rules.evaluation.top_k):
            raise ValueError("there is no seed or no cut-off")
        for entrant in entrants:
            comparison.trial_cells(entrant)  # whose settings have to be there
        return comparison


def plan(data: DataSummary, rules: Rules, methods: Iterable[Method]) -> Comparison:
    """Lays out a comparison of registered methods."""
    return Comparison(
        data,
        rules,
        tuple(
            Entrant(
                method.name,
                method.title,
                method.group,
                method.fit_settings(),
                draw_trials(method, rules.trials, rules.tuning_seed),
                "needs content features, which this data has none of"
                if method.needs_modalities and not data.has_content
                else "",
            )
            for method in methods
        ),
    )


def tables_of(comparisons: Sequence[Comparison], order: Sequence[str]) -> list[Comparison]:
    """What the comparisons of a directory come to: one table a dataset.

    The rules that were used last on a dataset are those of its table; the methods compared under
    them, in however many commands, share it.

    Args:
      comparisons: in the order in which they were begun.
      order: method names in the order of the rows; others follow.
    """
    last = {comparison.data.fingerprint: comparison for comparison in comparisons}
    tables = []
    for comparison in last.values():
        entrants = {
            entrant.name: entrant
            for other in comparisons
            if other.identity == comparison.identity
            for entrant in other.entrants
        }
        names = [name for name in order if name in entrants]
        names += [name for name in entrants if name not in order]
        ordered = tuple(entrants[name] for name in names)
        tables.append(dataclasses.replace(comparison, entrants=ordered))
    return tables
