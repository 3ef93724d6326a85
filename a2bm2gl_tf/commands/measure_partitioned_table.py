"""Measures an embedding table that two processes hold by halves: bytes and time of a step's rows.

The first step towards embeddings larger than one device; see docs/distribution.md.
"""

import json
import multiprocessing
import os
import signal
import socket
import sys
import time

import numpy as np
import tensorflow as tf
from absl import flags

_OWNERS = 2


def define_flags(values: flags.FlagValues) -> None:
    """Defines the sizes to measure at; defaults are those of the paper's TikTok."""
    for name, default, text in (
        ("rows", 168_732, "Rows of the table."),
        ("dimension", 64, "Embedding width d."),
        ("needed", 16_384, "Distinct rows that a step needs."),
        ("repeats", 10, "Steps to take the median of."),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=values)


def main(values: flags.FlagValues) -> None:
    """Starts the owners, measures and prints one JSON object."""
    addresses = _free_addresses(_OWNERS + 1)
    spec = {"owner": addresses[:_OWNERS], "trainer": addresses[_OWNERS:]}
    context = multiprocessing.get_context("spawn")
    owners = [context.Process(target=_serve, args=(spec, index)) for index in range(_OWNERS)]
    settings = {
        "num_rows": values.rows,
        "dimension": values.dimension,
        "needed": values.needed,
        "repeats": values.repeats,
    }
    # In a process of its own, which leaves the cluster in order before the owners are ended.
    trainer = context.Process(target=_measure_and_print, args=(spec, settings))
    try:
        for process in (*owners, trainer):
            process.start()
        trainer.join()
    finally:
        for process in (trainer, *owners):
            process.kill()
    sys.exit(trainer.exitcode)


def _free_addresses(count: int) -> list[str]:
    sockets = [socket.socket() for _ in range(count)]
    for free in sockets:
        free.bind(("localhost", 0))
    addresses = [f"localhost:{free.getsockname()[1]}" for free in sockets]
    for free in sockets:
        free.close()
    return addresses


def _serve(spec: dict, index: int) -> None:
    # Ctrl-C is for the process that measures, which then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    tf.distribute.Server(tf.train.ClusterSpec(spec), job_name="owner", task_index=index).join()


def _measure_and_print(spec: dict, settings: dict[str, int]) -> None:
    print(json.dumps(_measure(spec, **settings), indent=2), flush=True)


def _measure(spec: dict, num_rows: int, dimension: int, needed: int, repeats: int) -> dict:
    tf.config.experimental_connect_to_cluster(
        tf.train.ClusterSpec(spec), job_name="trainer", task_index=0
    )
    owners = [f"/job:owner/task:{index}" for index in range(_OWNERS)]
    per_owner = -(-num_rows // _OWNERS)
    tables = []
    for owner in owners:
        with tf.device(owner):
            tables.append(tf.Variable(tf.zeros([per_owner, dimension])))

    def of_owners(rows: tf.Tensor) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        owner = rows // per_owner
        local = tf.dynamic_partition(rows % per_owner, owner, _OWNERS)
        places = tf.dynamic_partition(tf.range(tf.size(rows)), owner, _OWNERS)
        return local, places

    @tf.function
    def gather(rows: tf.Tensor) -> tf.Tensor:
        local, places = of_owners(rows)
        parts = []
        for owner, table, wanted in zip(owners, tables, local, strict=True):
            with tf.device(owner):
                parts.append(tf.gather(table, wanted))
        return tf.dynamic_stitch(places, parts)

    @tf.function
    def update(rows: tf.Tensor, gradient: tf.Tensor) -> None:
        local, places = of_owners(rows)
        for owner, table, wanted, place in zip(owners, tables, local, places, strict=True):
            part = tf.gather(gradient, place)
            with tf.device(owner):
                table.scatter_sub(tf.IndexedSlices(part, wanted))

    @tf.function
    def whole() -> tf.Tensor:
        return tf.concat([tf.identity(table) for table in tables], axis=0)

    rng = np.random.default_rng(0)
    needed = min(needed, num_rows)
    seconds = {"gather": [], "update": [], "whole_table": []}
    expected = np.zeros((num_rows, 1), np.float32)
    for _ in range(repeats + 1):
        rows = np.sort(rng.choice(num_rows, needed, replace=False)).astype(np.int32)
        started = time.perf_counter()
        gathered = gather(tf.constant(rows)).numpy()
        seconds["gather"].append(time.perf_counter() - started)
        np.testing.assert_array_equal(gathered, np.broadcast_to(expected[rows], gathered.shape))
        gradient = tf.ones([needed, dimension])
        started = time.perf_counter()
        update(tf.constant(rows), gradient)
        expected[rows] -= 1.0
        # Reading one row back waits for the update.
        gather(tf.constant(rows[:1])).numpy()
        seconds["update"].append(time.perf_counter() - started)
        started = time.perf_counter()
        whole().numpy()
        seconds["whole_table"].append(time.perf_counter() - started)
    row_bytes = 4 * dimension
    return {
        "rows": num_rows,
        "dimension": dimension,
        "needed": needed,
        "bytes_held_by_each_owner": per_owner * row_bytes,
        "bytes_gathered": needed * (row_bytes + 4),
        "bytes_of_the_whole_table": num_rows * row_bytes,
        # The first round traces and connects.
        "median_seconds": {name: float(np.median(times[1:])) for name, times in seconds.items()},
    }
