"""Run a study of the paper: variants of the model over seeds, in one table.

The flags are those of train.py, and a recipe given by --flagfile holds: its settings are those of
every variant but for what the study varies. --seed is that of the data; the fits have --seeds.
Nothing is tuned but, with --l2_scales, the L2 weight, for every variant alike: a variant with
another loss would otherwise be judged with a weight found for the first. As in benchmark.py,
`results.jsonl` holds all results, the same command goes on from where it was interrupted, and
another dataset adds a table to the same page. With other flags on the same dataset its table is
replaced; a fit that both need is not run again.
"""

import functools
import time
from collections.abc import Callable

from absl import flags

from a2bm2gl_tf.commands.build import check_sizes
from a2bm2gl_tf.commands.comparing import (
    check_comparable,
    output_directory,
    parse_seeds,
    run_all,
    summary_of,
)
from a2bm2gl_tf.commands.flag_values import config_from_flags
from a2bm2gl_tf.commands.run_config import RunConfig
from a2bm2gl_tf.commands.training_flags import define_training_flags
from a2bm2gl_tf.comparison.plan import Rules
from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import write_files
from a2bm2gl_tf.studies.planning import plan_study
from a2bm2gl_tf.studies.registry import STUDIES
from a2bm2gl_tf.studies.report import report, results_of
from a2bm2gl_tf.studies.study import Base, Parameter, Study


def command(name: str) -> tuple[Callable, Callable]:
    """The `main` and `define_flags` of a study by its name."""
    study = STUDIES[name]
    return functools.partial(main, study), functools.partial(define_flags, study)


def define_flags(study: Study, fv: flags.FlagValues) -> None:
    """Defines the flags of a study's script."""
    define_training_flags(fv)
    fv["output_dir"].help = "Directory of the study, new or to go on with."
    fv["seed"].help = "Seed of the split, of generated data and of sampled candidates."
    flags.DEFINE_list("seeds", ["0", "1", "2", "3", "4"], "Seeds to test with.", flag_values=fv)
    flags.DEFINE_list(
        "l2_scales",
        ["1"],
        "Every variant is validated with --l2 times each of these and tested with the best.",
        flag_values=fv,
    )
    for parameter in study.parameters:
        flags.DEFINE_list(
            _flag_of(parameter),
            [f"{value:g}" for value in parameter.values],
            f"Values of {parameter.symbol} beside --{parameter.name}; none leave it out.",
            flag_values=fv,
        )
    for name, text in (
        ("retry_failed", "Run the fits again that failed."),
        ("table_only", "Write the tables from the results that are there; run nothing."),
    ):
        flags.DEFINE_boolean(name, False, text, flag_values=fv)


def main(study: Study, values: flags.FlagValues) -> None:
    """Runs what is missing, writes tables, page and pictures and prints table.md."""
    started = time.monotonic()
    directory = output_directory(values.output_dir)
    with ResultStore(directory, study.name, study.program) as store:
        if values.table_only:
            if not store.comparisons:
                raise UserError(f"--output_dir={directory}: no study there to make tables of")
            print(_write(study, store), end="")
            return
        config, rules = _config_and_rules(study, values)
        chosen = {p.name: _values(p, values[_flag_of(p)].value) for p in study.parameters}
        dataset = load_dataset(config.dataset, config.data)
        check_sizes(config, dataset)
        check_comparable(dataset, rules)
        base = Base(config.fit_settings, bool(dataset.modalities), chosen, _l2_scales(values))
        comparison = plan_study(study, base, summary_of(dataset, rules.evaluation), rules)
        cells = run_all(comparison, dataset, store, values.retry_failed)
        print(_write(study, store), end="")
    minutes = (time.monotonic() - started) / 60
    print(
        f"\n{cells} cells (of each variant one an L2 weight that is validated, then one a seed "
        f"that is tested; the first of these shares the fit of the weight picked) in {minutes:.1f} "
        f"minutes; tables and results in {directory}"
    )


def _config_and_rules(study: Study, values: flags.FlagValues) -> tuple[RunConfig, Rules]:
    if values.model != study.method:
        raise UserError(f"--model={values.model}: {study.program} is a study of {study.method}")
    config, seeds = config_from_flags(values), parse_seeds(values.seeds)
    training = config.training
    if training.strategy != "none":
        raise UserError(f"--strategy={training.strategy}: the fits of a study run on one device")
    return config, Rules(
        evaluation=config.evaluation,
        monitor=training.monitor,
        trials=len(_l2_scales(values)),
        # The best trial then shares its fit with the first test.
        tuning_seed=seeds[0],
        seeds=seeds,
        epochs=training.epochs,
        evaluate_every=training.evaluate_every,
        patience=training.patience,
        refit=config.refit,
    )


def _l2_scales(values: flags.FlagValues) -> tuple[float, ...]:
    # None at all would leave a variant without a trial.
    return _numbers("l2_scales", values.l2_scales or [""], 1e-6, (1.0, 0.1, 0.01))


def _flag_of(parameter: Parameter) -> str:
    return f"{parameter.name}_values"


def _values(parameter: Parameter, texts: list[str]) -> tuple[float, ...]:
    """The values of a parameter's flag, of the type and in the range of the parameter."""
    example = parameter.values[:3]
    return _numbers(_flag_of(parameter), texts, parameter.lowest, example)


def _numbers(
    flag: str, texts: list[str], lowest: float, example: tuple[float, ...]
) -> tuple[float, ...]:
    try:
        values = tuple(type(example[0])(text) for text in texts)
    except ValueError:
        values = (-1,)
    if not all(lowest <= v < float("inf") for v in values) or len(set(values)) < len(values):
        shown = ",".join(f"{value:g}" for value in example)
        raise UserError(
            f"--{flag}={','.join(texts)}: give numbers of {lowest} or more, each once, such as "
            f"{shown}"
        )
    return values


def _write(study: Study, store: ResultStore) -> str:
    """Writes all files and returns the Markdown."""
    contents = report(study, results_of(store))
    write_files(store.directory, contents)
    return contents["table.md"]
