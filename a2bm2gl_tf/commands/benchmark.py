"""Compare the registered methods on a dataset: tuned alike, over seeds, in one table.

One command compares on one dataset. Another command with the same --output_dir and another dataset
adds a table to the same page; with further --methods and the same rules, rows to the same table;
with other rules (a larger --trials, say), its table replaces the dataset's, and every fit that both
need is taken from the store. `results.jsonl` holds all results and is only ever appended to.

Interrupted or killed, the same command goes on from where it was.
"""

import time

from absl import flags

import a2bm2gl_tf.data  # noqa: F401 - makes the readers known
from a2bm2gl_tf.commands.comparing import (
    check_comparable,
    output_directory,
    parse_seeds,
    run_all,
    summary_of,
)
from a2bm2gl_tf.commands.dataset_flags import define_data_flags, full_options
from a2bm2gl_tf.commands.evaluation_flags import (
    check_monitor,
    define_evaluation_flags,
    parse_top_k,
)
from a2bm2gl_tf.comparison.plan import Rules, plan, tables_of
from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.comparison.summary import summarise
from a2bm2gl_tf.comparison.tables import comma_separated, markdown, page
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.files import write_files
from a2bm2gl_tf.methods.fitting import check_refit
from a2bm2gl_tf.methods.registry import METHODS


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of benchmark.py."""
    flags.DEFINE_string(
        "output_dir", None, "Directory of the comparison, new or to go on with.", flag_values=fv
    )
    flags.DEFINE_list("methods", list(METHODS), "Methods to compare.", flag_values=fv)
    flags.DEFINE_list("seeds", ["0", "1", "2", "3", "4"], "Seeds to test with.", flag_values=fv)
    for name, default, lower, text in (
        ("trials", 5, 1, "Budget of every method's tuning: its defaults and draws from its grid."),
        ("tuning_seed", 0, 0, "Seed of the trials and of their draw."),
        ("seed", 0, 0, "Seed of the split, of generated data and of sampled candidates."),
        ("epochs", 200, 1, "Most epochs of every fit."),
        ("evaluate_every", 5, 1, "Epochs between a fit's validations."),
        ("patience", 6, 0, "Validations without improvement that end a fit; 0 never does."),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=lower, flag_values=fv)
    define_data_flags(fv)
    define_evaluation_flags(fv)
    for name, text in (
        ("refit", "Train the picked model again on training and validation data, then test."),
        ("retry_failed", "Run the fits again that failed."),
        ("table_only", "Write the tables from the results that are there; run nothing."),
    ):
        flags.DEFINE_boolean(name, False, text, flag_values=fv)


def main(values: flags.FlagValues) -> None:
    """Runs what is missing, writes table.md, table.csv and table.html and prints the first."""
    started = time.monotonic()
    directory = output_directory(values.output_dir)
    with ResultStore(directory) as store:
        if values.table_only:
            if not store.comparisons:
                raise UserError(f"--output_dir={directory}: no comparison there to make tables of")
            print(_write_tables(store), end="")
            return
        methods, rules = _methods(values.methods), _rules(values)
        dataset = load_dataset(values.dataset, full_options(values))
        check_comparable(dataset, rules)
        comparison = plan(summary_of(dataset, rules.evaluation), rules, methods)
        fits = run_all(comparison, dataset, store, values.retry_failed)
        print(_write_tables(store), end="")
    minutes = (time.monotonic() - started) / 60
    print(f"\n{fits} fits in {minutes:.1f} minutes; tables and results in {directory}")


def _methods(names: list[str]) -> list:
    unknown = [name for name in names if name not in METHODS]
    if unknown or not names or len(set(names)) < len(names):
        raise UserError(
            f"--methods={','.join(names)}: choose some of {', '.join(METHODS)}, each once"
        )
    return [METHODS[name] for name in names]


def _rules(values: flags.FlagValues) -> Rules:
    seeds = parse_seeds(values.seeds)
    top_k = parse_top_k(values.top_k)
    check_monitor(values.monitor, top_k)
    evaluation = EvaluationConfig(top_k, values.protocol, values.mask_validation, values.seed)
    if values.refit:
        check_refit(evaluation)
    return Rules(
        evaluation=evaluation,
        monitor=values.monitor,
        trials=values.trials,
        tuning_seed=values.tuning_seed,
        seeds=seeds,
        epochs=values.epochs,
        evaluate_every=values.evaluate_every,
        patience=values.patience,
        refit=values.refit,
    )


def _write_tables(store: ResultStore) -> str:
    """Writes the three files and returns the Markdown."""
    comparisons = tables_of(store.comparisons, list(METHODS))
    results = [(comparison, summarise(comparison, store)) for comparison in comparisons]
    text = markdown(results)
    contents = {
        "table.md": text,
        "table.csv": comma_separated(results),
        "table.html": page(results),
    }
    write_files(store.directory, contents)
    return text
