"""Export a finished run as a SavedModel."""

from pathlib import Path

from absl import flags

from a2bm2gl_tf.commands.evaluate import define_run_flags, load_run_from_flags
from a2bm2gl_tf.commands.runs import FinishedRun
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.serving.explanation import NEIGHBOURS, ExplanationIndex
from a2bm2gl_tf.serving.export import export_saved_model
from a2bm2gl_tf.serving.index import EmbeddingIndex


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


def index_of_run(run: FinishedRun) -> EmbeddingIndex:
    """Final embeddings of a run with ids, titles and everything its users have interacted with.

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
    return EmbeddingIndex(
        users.numpy(), items.numpy(), dataset.user_ids, dataset.item_ids, seen, dataset.titles()
    )


def explanation_of_run(run: FinishedRun, index: EmbeddingIndex) -> ExplanationIndex:
    """What a run's model says of the scores in its index."""
    attended = run.model.attended_neighbours(NEIGHBOURS)
    return ExplanationIndex.of_parts(index, run.model.item_parts(), attended)


def main(values: flags.FlagValues) -> None:
    """Runs export.py with parsed flags."""
    run = load_run_from_flags(values)
    path = Path(values.export_dir or Path(values.output_dir) / "export")
    metadata = {"config": run.config.to_json(), "step": run.step, "split": run.dataset.split}
    index = index_of_run(run)
    explanation = explanation_of_run(run, index) if values.explain else None
    export_saved_model(index, path, metadata, overwrite=values.overwrite, explanation=explanation)
    print(f"exported to {path}")
