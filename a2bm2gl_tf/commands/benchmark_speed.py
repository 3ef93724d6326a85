"""Compare this project's speed and memory with its peers' on the same data and cores."""

import dataclasses
import os
import platform
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from absl import flags

import a2bm2gl_tf.data  # noqa: F401 - makes the readers known
from a2bm2gl_tf.benchmarks.generated_graph import FEWEST_INTERACTIONS
from a2bm2gl_tf.benchmarks.measurement import measure
from a2bm2gl_tf.benchmarks.registry import METHODS, check_methods
from a2bm2gl_tf.benchmarks.report import (
    as_json,
    backend_table,
    comma_separated,
    markdown,
    rows_of,
)
from a2bm2gl_tf.benchmarks.scaling import (
    fitted_exponent,
    measure_scaling,
    plot_scaling,
    require_plotting,
)
from a2bm2gl_tf.benchmarks.task import Task
from a2bm2gl_tf.benchmarks.worker import limit_cores
from a2bm2gl_tf.commands.dataset_flags import dataset_of_flags, define_dataset_flags
from a2bm2gl_tf.data.formats.raw import TEST
from a2bm2gl_tf.data.formats.registry import FormatOptions, detect_format, read_format
from a2bm2gl_tf.data.preparation.random_split import interaction_matrix
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import atomic_write, write_json
from a2bm2gl_tf.graph.bipartite import lightgcn_adjacency
from a2bm2gl_tf.graph.propagation import usable_backends
from a2bm2gl_tf.graph.propagation_timing import BackendTiming, time_backends

_K = 20
_MOST_INTERACTIONS = 100_000_000


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of benchmark_speed.py."""
    define_dataset_flags(fv)
    flags.DEFINE_string(
        "input",
        None,
        "Data that comes split, in a known format (Gowalla in LightGCN's, say); not --dataset.",
        flag_values=fv,
    )
    flags.DEFINE_list("methods", list(METHODS), "Methods, in order of turns.", flag_values=fv)
    default = Task(sp.csr_matrix((0, 0)), sp.csr_matrix((0, 0)))
    for name, value, lower, text in (
        ("dimension", default.dimension, 1, "Embedding width d of every method."),
        ("num_layers", default.num_layers, 0, "Propagation layers of the graph models."),
        ("cores", min(default.cores, os.cpu_count() or 1), 1, "CPU cores of every method."),
        ("batch_users", default.batch_users, 0, "Users a step of this project; 0 takes all."),
        ("seed", default.seed, 0, "Seed of data, weights and samples."),
        ("rounds", 3, 1, "Turns of each method; numbers are medians."),
        ("steps_per_epoch", 30, 1, "Steps an epoch in --scaling; batches grow with the data."),
    ):
        flags.DEFINE_integer(name, value, text, lower_bound=lower, flag_values=fv)
    for name, value, text in (
        ("max_seconds", 600.0, "An epoch is broken off after so long and extrapolated."),
        ("memory_gib", default.memory_bytes / 2**30, "Most that a method's dense matrix may take."),
    ):
        flags.DEFINE_float(name, value, text, lower_bound=0.0, flag_values=fv)
    flags.DEFINE_boolean(
        "time_backends", True, "Also time the sparse product of each backend.", flag_values=fv
    )
    flags.DEFINE_boolean("scaling", False, "Measure epochs over sizes instead.", flag_values=fv)
    flags.DEFINE_list(
        "scaling_sizes",
        ["10000", "30000", "100000", "300000", "1000000", "3000000", "10000000"],
        "Interactions of the generated data in --scaling.",
        flag_values=fv,
    )
    flags.DEFINE_string("output_dir", None, "Where to write files, if anywhere.", flag_values=fv)


def main(values: flags.FlagValues) -> None:
    """Prints the table, or the scaling curve, and writes it where --output_dir says."""
    check_methods(values.methods)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if values.cores > usable:
        raise UserError(f"--cores={values.cores}: this process has {usable}; give at most that")
    directory = Path(values.output_dir) if values.output_dir else None
    if directory is not None and directory.exists() and not directory.is_dir():
        raise UserError(f"--output_dir={directory}: is a file; give a folder, new or not")
    if values.scaling:
        _scaling(values, directory)
    else:
        _table(values, directory)


def _settings(values: flags.FlagValues) -> dict:
    return {
        "dimension": values.dimension,
        "num_layers": values.num_layers,
        "cores": values.cores,
        "memory_bytes": int(values.memory_gib * 2**30),
        "seed": values.seed,
    }


def _table(values: flags.FlagValues, directory: Path | None) -> None:
    train, test, title = _load(values)
    if train.shape[1] <= _K:
        raise UserError(f"{title}: has {train.shape[1]} items; recall at {_K} needs more")
    task = Task(train, test, batch_users=values.batch_users, **_settings(values))
    results = measure(task, values.methods, values.rounds, values.max_seconds, _K)
    num_evaluated = int((np.diff(test.indptr) > 0).sum())
    rows = rows_of(results, num_evaluated)
    heading = (
        f"{title}: {train.shape[0]:,} users, {train.shape[1]:,} items, {train.nnz:,} + "
        f"{test.nnz:,} interactions; d = {values.dimension}, {values.num_layers} layers, "
        f"{values.cores} cores, medians of {values.rounds} rounds in turn; {_machine()}"
    )
    text = f"{heading}\n\n{markdown(rows)}"
    timings = []
    if values.time_backends:
        timings = _time_backends(train, values)
        text += f"\n\nSparse product with the graph, by backend:\n\n{backend_table(timings)}"
    print(text)
    if directory is not None:
        _write(directory / "speed.md", text + "\n")
        _write(directory / "speed.csv", comma_separated(rows))
        backends = [dataclasses.asdict(timing) for timing in timings]
        write_json(
            directory / "speed.json",
            {"data": heading, "methods": as_json(results), "backends": backends},
        )


def _time_backends(train: sp.csr_matrix, values: flags.FlagValues) -> list[BackendTiming]:
    """In a process of its own, like every other measurement, with its cores limited first."""
    with ProcessPoolExecutor(
        1, get_context("spawn"), initializer=limit_cores, initargs=(values.cores,)
    ) as pool:
        work = (lightgcn_adjacency(train), values.dimension, usable_backends())
        return pool.submit(time_backends, *work).result()


def _scaling(values: flags.FlagValues, directory: Path | None) -> None:
    if directory is None:
        raise UserError("--output_dir is missing: --scaling writes a plot, name its folder")
    sizes = values.scaling_sizes
    limits = (FEWEST_INTERACTIONS, _MOST_INTERACTIONS)
    if not all(text.isdecimal() and limits[0] <= int(text) <= limits[1] for text in sizes):
        raise UserError(
            f"--scaling_sizes={','.join(sizes)}: give whole numbers from {limits[0]} to {limits[1]}"
        )
    sizes = sorted({int(text) for text in sizes})
    if len(sizes) < 2:
        raise UserError("--scaling_sizes: give at least two sizes to fit a line through")
    require_plotting()
    points = measure_scaling(
        sizes,
        values.methods[0],
        values.steps_per_epoch,
        values.rounds,
        values.max_seconds,
        _settings(values),
    )
    lines = ["| interactions | epoch, s | peak, MiB | remarks |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {point.interactions:,} | {point.seconds:.4g} | {point.peak_bytes / 2**20:,.0f} | "
        f"{'' if point.whole else 'extrapolated from its first steps'} |"
        for point in points
    ]
    exponent = fitted_exponent(points)
    steepest = fitted_exponent(points[-2:])
    lines += [
        "",
        f"{METHODS[values.methods[0]].title}, {values.steps_per_epoch} steps an epoch: fitted "
        f"exponent {exponent:.3f}; between the two largest sizes {steepest:.3f}; {_machine()}",
    ]
    print("\n".join(lines))
    _write(directory / "scaling.md", "\n".join(lines) + "\n")
    write_json(
        directory / "scaling.json",
        {
            "points": [dataclasses.asdict(point) for point in points],
            "exponent": exponent,
            "last": steepest,
        },
    )
    plot_scaling(points, directory / "scaling.png")


def _load(values: flags.FlagValues) -> tuple[sp.csr_matrix, sp.csr_matrix, str]:
    """Training and test interactions, and what to call the data."""
    if values.input is None:
        dataset = dataset_of_flags(values)
        return dataset.train, dataset.test, dataset.name
    if values.data_dir:
        raise UserError("--input and --data_dir: give the one or the other")
    path = Path(values.input)
    name, _ = detect_format(path)
    found = read_format(name, path, FormatOptions()).interactions
    if found.parts is None or not (found.parts == TEST).any():
        raise UserError(f"--input={path}: {name} data has no test part; use --dataset")
    shape = (len(found.user_ids), len(found.item_ids))
    parts = [
        interaction_matrix(found.users[of_part], found.items[of_part], shape)
        for of_part in (found.parts != TEST, found.parts == TEST)
    ]
    train, test = parts
    test = test - test.multiply(train)
    test.eliminate_zeros()
    return train, test.tocsr(), path.name


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores in all"


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(text)
