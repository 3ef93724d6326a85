"""Measure fold-in: users who were held out of training, against the same users trained in.

The flags are those of train.py, and a recipe given by --flagfile holds. For each of --seeds a share
of the users is held out wholly; one model is trained on the others, one on all. The held-out users
are folded into the first from the items that the second learned from (training items, with a refit
validation items too) and both are tested on the same items of theirs. The same command goes on from
where it was interrupted.
"""

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from absl import flags

from a2bm2gl_tf.commands.build import protocol_line
from a2bm2gl_tf.commands.held_out import (
    Experiment,
    define_held_out_flags,
    draw,
    experiment_of_flags,
    machine,
    train_stages,
)
from a2bm2gl_tf.commands.run_config import RunConfig
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.evaluation.evaluate import EvaluationResult, evaluate
from a2bm2gl_tf.evaluation.scoring import ScoreFn, embedding_scores
from a2bm2gl_tf.files import write_files
from a2bm2gl_tf.methods.fitting import model_scores, test_seen
from a2bm2gl_tf.models.popularity import Popularity
from a2bm2gl_tf.reports.tables import Table, as_markdown
from a2bm2gl_tf.serving.fold_in import fold_in_rows
from a2bm2gl_tf.serving.fold_in_selection import select_fold_in


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of fold_in.py."""
    define_held_out_flags(fv, "users")


def main(values: flags.FlagValues) -> None:
    """Trains what is missing, prints the comparison and writes it as fold_in.md."""
    experiment = experiment_of_flags(values)
    records = experiment.records("fold_in.json", _measure)
    text = as_markdown(_table(experiment, records)) + "\n"
    write_files(experiment.directory, {"fold_in.md": text})
    print(text, end="")


def _measure(experiment: Experiment, config: RunConfig, directory: Path) -> dict[str, Any]:
    started = time.monotonic()
    dataset, seed = experiment.dataset, config.training.seed
    held = draw(np.arange(dataset.num_users), experiment.fraction, seed, "held_out")
    reduced = without_users(dataset, held)
    without = train_stages(config, reduced, directory / "held_out")
    _, items = without.selection.embeddings()
    choice = select_fold_in(items.numpy(), reduced.train, reduced.validation)
    _, items = (rows.numpy() for rows in without.final.embeddings())
    learned = dataset.with_validation_in_train().train if config.refit else dataset.train
    users = np.zeros((dataset.num_users, items.shape[1]), np.float32)
    penalty = choice.weights.penalty(items)
    users[held] = fold_in_rows(items, [learned[user].indices for user in held], penalty)
    whole = train_stages(config, dataset, directory / "trained_in")

    def test(scores: ScoreFn) -> EvaluationResult:
        return _test(scores, dataset, config, held)

    folded, trained = test(embedding_scores(users, items)), test(model_scores(whole.final))
    popularity = Popularity(without.trained_on, config.model_config)
    # The users' side of popularity is the same for all, whoever was counted.
    counts = popularity.item_factor.numpy()
    constant = np.ones((dataset.num_users, 1), np.float32)
    name = f"ndcg@{config.evaluation.top_k[0]}"
    difference = folded.per_user[name] - trained.per_user[name]
    return {
        "metric": name,
        "seed": seed,
        "users": len(folded.users),
        "held_out": len(held),
        "fold_in": folded.means,
        "trained_in": trained.means,
        "popularity": test(embedding_scores(constant, counts)).means,
        "difference_error": float(difference.std(ddof=1) / np.sqrt(len(difference))),
        "weights": dataclasses.asdict(choice.weights),
        "validation_ndcg": choice.ndcg,
        "seconds": time.monotonic() - started,
        "machine": machine(),
    }


def without_users(dataset: Dataset, users: np.ndarray) -> Dataset:
    """The same data without some users and anything they did; all items stay.

    Args:
      dataset: the data.
      users: int (n,), distinct rows.
    """
    kept = np.setdiff1d(np.arange(dataset.num_users), users)
    return dataclasses.replace(
        dataset,
        user_ids=dataset.user_ids[kept],
        train=dataset.train[kept],
        validation=dataset.validation[kept],
        test=dataset.test[kept],
        split=f"{dataset.split}; {len(users)} users left out",
    )


def _test(
    scores: ScoreFn, dataset: Dataset, config: RunConfig, users: np.ndarray
) -> EvaluationResult:
    """The test of some users alone, under the protocol of all."""
    chosen = sp.diags(np.isin(np.arange(dataset.num_users), users).astype(np.float32))
    return evaluate(
        scores,
        (chosen @ dataset.test).tocsr(),
        (chosen @ test_seen(dataset, config.evaluation)).tocsr(),
        config.evaluation.top_k,
        config.evaluation.protocol,
        config.evaluation.seed,
        with_auc=False,
    )


def _table(experiment: Experiment, records: list[dict[str, Any]]) -> Table:
    name = records[0]["metric"]
    rows = []
    for record in records:
        folded, trained = record["fold_in"][name], record["trained_in"][name]
        rows.append(
            (
                str(record["seed"]),
                str(record["users"]),
                f"{trained:.4f}",
                f"{folded:.4f}",
                f"{100 * folded / trained:.1f}%",
                f"{folded - trained:.4f} ± {record['difference_error']:.4f}",
                f"{record['popularity'][name]:.4f}",
                f"{record['weights']['negative_weight']:g}",
                f"{record['weights']['ridge']:g}",
            )
        )
    ratio = np.mean([r["fold_in"][name] / r["trained_in"][name] for r in records])
    seconds = sum(record["seconds"] for record in records)
    config = experiment.config
    return Table(
        f"Fold-in of held-out users: {config.model} on {experiment.dataset.name}, {name}",
        (
            "seed",
            "users",
            "trained in",
            "folded in",
            "ratio",
            "difference, its standard error",
            "popularity",
            "w",
            "ridge",
        ),
        tuple(rows),
        f"Mean ratio {100 * ratio:.1f}%. {experiment.fraction:.0%} of the users held out, tested "
        f"alone: {protocol_line(experiment.dataset, config.evaluation)}. w and ridge chosen on the "
        f"other users' validation items. {seconds:.0f} s on {records[0]['machine']}.",
    )
