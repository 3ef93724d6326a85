"""Measure recommendation of items that were held out of training, from their features alone.

The flags are those of train.py, and a recipe given by --flagfile holds. For each of --seeds a share
of the items is held out with every interaction, feature and edge of theirs; a model is trained on
the others, the held-out items are embedded from their features, and every user's interactions
with them are to be found, among the held-out items alone and among these and all items that the
user has not interacted with. Of the held-out items only the statistics of scaling know anything.
The same command goes on from where it was interrupted.
"""

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from absl import flags

from a2bm2gl_tf.commands.held_out import (
    Experiment,
    Stages,
    define_held_out_flags,
    draw,
    experiment_of_flags,
    machine,
    train_stages,
)
from a2bm2gl_tf.commands.run_config import RunConfig
from a2bm2gl_tf.comparison.significance import holm, paired_p_value, stars
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.content_similarity import mean_cosines
from a2bm2gl_tf.evaluation.evaluate import evaluate
from a2bm2gl_tf.evaluation.scoring import ScoreFn, embedding_scores
from a2bm2gl_tf.files import write_files
from a2bm2gl_tf.models.new_item_encoder import NewItemEncoder
from a2bm2gl_tf.reports.tables import MISSING, Table, as_markdown
from a2bm2gl_tf.serving.new_item_fitting import fit_new_items, select_ridge

_CUTOFF = 20
_COLUMNS = (
    ("cold", f"recall@{_CUTOFF}"),
    ("cold", f"ndcg@{_CUTOFF}"),
    ("cold", "auc"),
    ("all", f"recall@{_CUTOFF}"),
)


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of cold_items.py."""
    define_held_out_flags(fv, "items")


def main(values: flags.FlagValues) -> None:
    """Trains what is missing, prints the comparison and writes it as cold_items.md."""
    experiment = experiment_of_flags(values)
    if not experiment.dataset.modalities:
        raise UserError(
            f"--dataset={experiment.config.dataset}: has no item features, which new items need"
        )
    records = experiment.records("cold_items.json", _measure)
    tables = [_table(experiment, record) for record in records]
    if len(records) > 1:
        tables.append(_over_seeds(experiment, records))
    text = "\n\n".join(map(as_markdown, tables)) + "\n"
    write_files(experiment.directory, {"cold_items.md": text})
    print(text, end="")


def _measure(experiment: Experiment, config: RunConfig, directory: Path) -> dict[str, Any]:
    started = time.monotonic()
    dataset, seed = experiment.dataset, config.training.seed
    interacted = np.flatnonzero(
        (dataset.train + dataset.validation + dataset.test).getnnz(axis=0) > 0
    )
    cold = draw(interacted, experiment.fraction, seed, "held_out")
    if len(cold) <= _CUTOFF:
        raise UserError(
            f"--held_out={experiment.fraction:g}: holds {len(cold)} items out, too few for a "
            f"recall at {_CUTOFF} that means anything; give a larger share"
        )
    known = np.setdiff1d(np.arange(dataset.num_items), cold)
    without = of_items(dataset, known)
    stages = train_stages(config, without, directory / "held_out")
    encoders, ridge = _encoders(stages, without)
    new = of_items(dataset, cold)
    users, items = (rows.numpy() for rows in stages.final.embeddings())
    scores = {
        name: embedding_scores(users, np.concatenate([items, _embed(encoder, new)]))
        for name, encoder in encoders.items()
    }
    joined = of_items(dataset, np.concatenate([known, cold]))
    learned = _restricted(stages.trained_on.train, len(cold))
    scores["content kNN"] = mean_cosines(joined.modalities, learned)
    degrees = stages.trained_on.train.getnnz(axis=0)
    counts = np.concatenate([degrees, np.zeros(len(cold))]).astype(np.float32)[:, None]
    scores["popularity"] = embedding_scores(np.ones((dataset.num_users, 1)), counts)
    return {
        "seed": seed,
        "cold": len(cold),
        "interactions": int(_interactions(new).nnz),
        "ridge": ridge,
        "methods": [
            {"name": name, **_test(function, joined, len(known))}
            for name, function in scores.items()
        ],
        "seconds": time.monotonic() - started,
        "machine": machine(),
    }


def _encoders(stages: Stages, without: Dataset) -> tuple[dict[str, NewItemEncoder], float]:
    """The served encoder, and what it is made of by itself."""
    ridge = select_ridge(stages.selection, without)
    served = fit_new_items(stages.final, stages.trained_on, ridge)
    content = stages.final.content_part()
    if content is None:
        return {"features to embeddings (served)": served.encoder}, ridge
    alone = fit_new_items(stages.final, stages.trained_on, ridge, with_content_part=False)
    return {
        "semantic part + regression (served)": served.encoder,
        "semantic part alone": content.encoder,
        "regression alone": alone.encoder,
    }, ridge


def _embed(encoder: NewItemEncoder, items: Dataset) -> np.ndarray:
    of_name = {modality.name: modality for modality in items.modalities}
    chosen = [of_name[name] for name in encoder.modalities]
    return encoder([m.features for m in chosen], [m.present for m in chosen]).numpy()


def of_items(dataset: Dataset, items: np.ndarray) -> Dataset:
    """The same data with some items alone, in the order given; all users stay.

    Args:
      dataset: the data.
      items: int (n,), distinct rows.
    """
    titles = dataset.item_titles
    return dataclasses.replace(
        dataset,
        item_ids=dataset.item_ids[items],
        item_titles=None if titles is None else tuple(titles[item] for item in items),
        modalities=tuple(
            dataclasses.replace(m, features=m.features[items], present=m.present[items])
            for m in dataset.modalities
        ),
        train=_sorted(dataset.train[:, items]),
        validation=_sorted(dataset.validation[:, items]),
        test=_sorted(dataset.test[:, items]),
        split=f"{dataset.split}; {dataset.num_items - len(items)} items left out",
    )


def _sorted(matrix: sp.csr_matrix) -> sp.csr_matrix:
    matrix.sort_indices()
    return matrix


def _interactions(dataset: Dataset) -> sp.csr_matrix:
    return (dataset.train + dataset.validation + dataset.test).tocsr()


def _restricted(known: sp.csr_matrix, num_cold: int) -> sp.csr_matrix:
    """The interactions with known items, with empty columns for the cold ones."""
    return sp.hstack([known, sp.csr_matrix((known.shape[0], num_cold))], format="csr")


def _test(scores: ScoreFn, joined: Dataset, num_known: int) -> dict[str, dict[str, float]]:
    """Finds the cold items of each user: among the cold ones, and among all that are unseen."""
    interactions = _interactions(joined)
    cold, known = interactions[:, num_known:], interactions[:, :num_known]
    nothing = sp.csr_matrix(known.shape, dtype=known.dtype)
    positives = sp.hstack([nothing, cold], format="csr")
    seen = _restricted(known, cold.shape[1])
    return {
        "cold": evaluate(
            lambda rows: np.ascontiguousarray(scores(rows)[:, num_known:]),
            cold,
            sp.csr_matrix(cold.shape),
            (_CUTOFF,),
        ).means,
        "all": evaluate(scores, positives, seen, (_CUTOFF,), with_auc=False).means,
    }


def _table(experiment: Experiment, record: dict[str, Any]) -> Table:
    rows = tuple(
        (means["name"], *(f"{means[candidates][metric]:.4f}" for candidates, metric in _COLUMNS))
        for means in record["methods"]
    )
    return Table(
        _title(experiment, f"seed {record['seed']}"),
        ("", *_header()),
        rows,
        f"{record['cold']} items ({experiment.fraction:.0%}) held out with all their "
        f"{record['interactions']} interactions, which are to be found; items that a user has "
        "interacted with are no candidates; ties in expectation, so popularity, which knows none "
        "of the cold items, is chance among them. Content kNN: mean cosine with the user's "
        f"training items. Ridge {record['ridge']:g}. {record['seconds']:.0f} s on "
        f"{record['machine']}.",
    )


def _over_seeds(experiment: Experiment, records: list[dict[str, Any]]) -> Table:
    """Mean and deviation over seeds, and whether the first method is ahead of the others."""
    names = [means["name"] for means in records[0]["methods"]]
    # Columns, methods, seeds.
    values = np.array(
        [
            [[record["methods"][row][c][metric] for record in records] for row in range(len(names))]
            for c, metric in _COLUMNS
        ]
    )
    ahead = values[0, 0] - values[0]
    p_values = [None, *holm([paired_p_value(values[0, 0], other) for other in values[0, 1:]])]
    rows = tuple(
        (
            name,
            *(f"{np.mean(x):.4f} ± {np.std(x, ddof=1):.4f}" for x in values[:, row]),
            MISSING if p_value is None else f"{ahead[row].mean():+.4f} {stars(p_value)}".strip(),
        )
        for row, (name, p_value) in enumerate(zip(names, p_values, strict=True))
    )
    seeds = ", ".join(str(record["seed"]) for record in records)
    return Table(
        _title(experiment, f"seeds {seeds}"),
        ("", *_header(), f"{names[0]} less it"),
        rows,
        f"Mean ± standard deviation over {len(records)} seeds, each of which holds other items "
        f"out. Last column: difference of {_COLUMNS[0][1]} among cold items; paired t-test over "
        f"seeds, p-values after Holm's correction for {len(names) - 1} methods: * below .05, ** "
        "below .01.",
    )


def _title(experiment: Experiment, seeds: str) -> str:
    model, data = experiment.config.model, experiment.dataset.name
    return f"Items from features alone: {model} on {data}, {seeds}"


def _header() -> tuple[str, ...]:
    titles = {"cold": "cold items", "all": "all unseen items"}
    return tuple(f"{metric} among {titles[candidates]}" for candidates, metric in _COLUMNS)
