"""Export a finished run as a SavedModel."""

import dataclasses
from pathlib import Path

from absl import flags

from a2bm2gl_tf.commands.evaluate import define_run_flags, load_run_from_flags
from a2bm2gl_tf.commands.runs import FinishedRun, model_of_selection
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.serving.explanation import NEIGHBOURS, ExplanationIndex
from a2bm2gl_tf.serving.export import export_saved_model
from a2bm2gl_tf.serving.fold_in_selection import select_fold_in
from a2bm2gl_tf.serving.index import EmbeddingIndex
from a2bm2gl_tf.serving.new_item_fitting import fit_new_items, offers_new_items, select_ridge


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of export.py."""
    define_run_flags(fv)
    flags.DEFINE_string(
        "export_dir",
        None,
        "Directory of the SavedModel; OUTPUT_DIR/export if unset.",
        flag_values=fv,
    )
    flags.DEFINE_boolean("overwrite", False, "Replace an earlier export.", flag_values=fv)
    flags.DEFINE_boolean(
        "explain",
        True,
        "Export why items are recommended too: a fraction of a kilobyte to a kilobyte an item.",
        flag_values=fv,
    )


def index_of_run(run: FinishedRun, selection: Recommender) -> EmbeddingIndex:
    """Final embeddings of a run with ids, titles and everything its users have interacted with.

    How users are folded in, and new items embedded, is chosen on the run's validation data.

    Args:
      run: the run.
      selection: its model before it learned from validation data; `runs.model_of_selection`.

    Raises:
      UserError: if the model scores without embeddings.
    """
    if not run.model.has_embeddings:
        raise UserError(
            f"{run.config.model} scores without embeddings, which a SavedModel needs; export "
            "another model"
        )
    users, items = run.model.embeddings()
    dataset = run.dataset
    seen = (dataset.train + dataset.validation + dataset.test).tocsr()
    seen.sort_indices()
    new_items = None
    if offers_new_items(run.model, run.trained_on):
        ridge = select_ridge(selection, dataset)
        new_items = fit_new_items(run.model, run.trained_on, ridge)
    _, selected_items = selection.embeddings()
    fold_in = select_fold_in(selected_items.numpy(), dataset.train, dataset.validation)
    return EmbeddingIndex(
        users.numpy(),
        items.numpy(),
        dataset.user_ids,
        dataset.item_ids,
        seen,
        dataset.titles(),
        fold_in.weights,
        new_items,
    )


def explanation_of_run(run: FinishedRun, index: EmbeddingIndex) -> ExplanationIndex:
    """What a run's model says of the scores in its index."""
    attended = run.model.attended_neighbours(NEIGHBOURS)
    return ExplanationIndex.of_parts(index, run.model.item_parts(), attended)


def main(values: flags.FlagValues) -> None:
    """Runs export.py with parsed flags."""
    run = load_run_from_flags(values)
    index = index_of_run(run, model_of_selection(run, Path(values.output_dir)))
    path = Path(values.export_dir or Path(values.output_dir) / "export")
    metadata = {
        "config": run.config.to_json(),
        "step": run.step,
        "split": run.dataset.split,
        "fold_in": dataclasses.asdict(index.fold_in_weights),
        "new_items": index.new_items.kind if index.new_items is not None else None,
    }
    explanation = explanation_of_run(run, index) if values.explain else None
    export_saved_model(index, path, metadata, overwrite=values.overwrite, explanation=explanation)
    print(f"exported to {path}")
