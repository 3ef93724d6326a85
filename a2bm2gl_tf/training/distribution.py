"""Replicas of one run on several devices or machines."""

import contextlib
import json
import os
from collections.abc import Callable

import tensorflow as tf

from a2bm2gl_tf.errors import UserError, reason_of

STRATEGIES = ("none", "mirrored", "multi_worker")


class Distribution:
    """A TensorFlow strategy seen through the few things that training needs of it.

    Every replica holds all weights and propagates the whole graph on its own device. The users of a
    batch are shared out, and gradients and loss terms are summed, so that every replica makes the
    same update. Worker 0 is the chief: it alone validates and writes.

    Args:
      strategy: the strategy; None trains on one device.
    """

    def __init__(self, strategy: tf.distribute.Strategy | None = None):
        self._strategy = strategy
        self.num_replicas = strategy.num_replicas_in_sync if strategy else 1
        resolver = strategy.cluster_resolver if strategy else None
        self._several = resolver is not None and len(_workers(resolver.cluster_spec())) > 1
        self.is_chief = not self._several or resolver.task_id == 0

    def scope(self) -> contextlib.AbstractContextManager:
        """Where model, loss and optimiser are made: their variables are mirrored."""
        return self._strategy.scope() if self._strategy else contextlib.nullcontext()

    def run(self, step: Callable, *arguments):
        """Runs a step on every replica, within a tf.function; returns the first replica's values.

        Args:
          step: returns values that are the same on all replicas.
          *arguments: the same for all replicas.
        """
        if self._strategy is None:
            return step(*arguments)
        values = self._strategy.run(step, args=arguments)
        return tf.nest.map_structure(
            lambda value: self._strategy.experimental_local_results(value)[0], values
        )

    def sum_over_replicas(self, values):
        """Sums nested tensors over all replicas; called within a step."""
        context = tf.distribute.get_replica_context()
        return context.all_reduce(tf.distribute.ReduceOp.SUM, values)

    def agree(self, value: float = 0.0) -> float:
        """The chief's value, once all workers have arrived here.

        Args:
          value: a number; that of workers other than the chief is ignored.
        """
        if not self._several:
            return value
        return float(self._of_first_replica(tf.constant(value, tf.float64)))

    @tf.function
    def _of_first_replica(self, value: tf.Tensor) -> tf.Tensor:
        def replica_share(value):
            context = tf.distribute.get_replica_context()
            # Replica 0 is the chief's first device.
            first = context.replica_id_in_sync_group == 0
            return self.sum_over_replicas(tf.where(first, value, tf.zeros_like(value)))

        return self.run(replica_share, value)


@contextlib.contextmanager
def lost_workers_as_errors():
    """Turns the failure of a collective operation into one line.

    Raises:
      UserError: if another worker has gone or cannot be reached.
    """
    try:
        yield
    except (
        tf.errors.UnavailableError,
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.DeadlineExceededError,
    ) as error:
        raise UserError(
            "--strategy=multi_worker: another worker has stopped or cannot be reached; give every "
            "worker its command again to resume from the last checkpoint"
        ) from error


def build_distribution(name: str) -> Distribution:
    """The distribution named by --strategy; called before TensorFlow does any work.

    Args:
      name: "none", "mirrored" (all GPUs of this machine) or "multi_worker" (the workers that the
        environment variable TF_CONFIG lists, as TensorFlow defines it).

    Raises:
      UserError: if TF_CONFIG is missing or does not describe this cluster.
    """
    builders = {
        "none": lambda: None,
        "mirrored": tf.distribute.MirroredStrategy,
        "multi_worker": _multi_worker,
    }
    return Distribution(builders[name]())


def _multi_worker() -> tf.distribute.Strategy:
    check_tf_config(os.environ.get("TF_CONFIG"))
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except (tf.errors.OpError, RuntimeError) as error:
        reason = reason_of(error)
        raise UserError(
            f"TF_CONFIG: the cluster cannot be started ({reason}); check that this worker's "
            "address is its own and its port is free"
        ) from error


def check_tf_config(text: str | None) -> None:
    """Refuses a TF_CONFIG that TensorFlow would answer with a traceback or by waiting for ever.

    Args:
      text: the value of the environment variable, or None where it is not set.

    Raises:
      UserError: saying what is wrong with it.
    """
    example = (
        '{"cluster": {"worker": ["host0:9000", "host1:9000"]}, '
        '"task": {"type": "worker", "index": 0}}'
    )
    if not text:
        raise UserError(
            f"--strategy=multi_worker: TF_CONFIG is not set; give each worker {example}"
        )
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"TF_CONFIG: not valid JSON ({error}); it looks like {example}") from error
    cluster = value.get("cluster") if isinstance(value, dict) else None
    workers = cluster.get("worker") if isinstance(cluster, dict) else None
    if not isinstance(workers, list) or not workers or set(cluster) != {"worker"}:
        raise UserError(f'TF_CONFIG: "cluster" must hold a list "worker" alone, as in {example}')
    for address in workers:
        host, _, port = address.rpartition(":") if isinstance(address, str) else ("", "", "")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise UserError(f"TF_CONFIG: worker {address!r} is not an address such as host0:9000")
    if len(set(workers)) < len(workers):
        raise UserError("TF_CONFIG: two workers have the same address; give each its own")
    task = value.get("task")
    index = task.get("index") if isinstance(task, dict) else None
    if not isinstance(task, dict) or task.get("type") != "worker" or type(index) is not int:
        raise UserError(f'TF_CONFIG: "task" must hold "type" and "index", as in {example}')
    if not 0 <= index < len(workers):
        raise UserError(
            f"TF_CONFIG: task index {index} is not that of one of the {len(workers)} workers; "
            "they count from 0"
        )


def _workers(spec: tf.train.ClusterSpec) -> list[str]:
    return spec.job_tasks("worker") if spec and "worker" in spec.jobs else []
