"""Runs side by side in TensorBoard's HPARAMS: one experiment, a trial a run."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import tensorflow as tf
from tensorboard.plugins.hparams import api_pb2, summary

NUMBER, TRUTH, TEXT = (
    api_pb2.DATA_TYPE_FLOAT64,
    api_pb2.DATA_TYPE_BOOL,
    api_pb2.DATA_TYPE_STRING,
)
_PYTHON = {NUMBER: float, TRUTH: bool, TEXT: str}


def begin_trial(
    directory: Path,
    settings: Mapping[str, object],
    types: Mapping[str, int],
    metrics: Sequence[str],
    trial: str,
    first: Collection[str] = (),
) -> None:
    """Writes a run's settings to the HPARAMS tab, where it is seen while it runs.

    TensorBoard takes the experiment, which says what columns there are, from any one of the runs
    below its logdir. So `types` and `metrics` have to be the same for all runs that are compared.

    Args:
      directory: TensorBoard directory of the run.
      settings: name -> value; those that are None are left out, as not set.
      types: of every setting that any run may have: name -> `NUMBER`, `TRUTH` or `TEXT`.
      metrics: tags of the scalars that are columns, such as "test/ndcg@10".
      trial: the run's name among the trials; another for every run.
      first: the settings that TensorBoard's table begins with; the others follow by name.
    """
    experiment = summary.experiment_pb(
        # TensorBoard's table begins with those that are said to differ, and shows few at first.
        hparam_infos=[
            api_pb2.HParamInfo(name=name, type=kind, differs=name in first)
            for name, kind in types.items()
        ],
        metric_infos=[api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag)) for tag in metrics],
    )
    values = {
        name: _PYTHON[types[name]](value) for name, value in settings.items() if value is not None
    }
    start = summary.session_start_pb(values, group_name=trial)
    _write(directory, [experiment, start])


def end_trial(directory: Path, results: Mapping[str, float], step: int) -> None:
    """Writes the final metrics of a run, and that it succeeded.

    Args:
      directory: TensorBoard directory of the run.
      results: metric -> value; the tags are "test/" and the metric.
      step: the step the metrics belong to.
    """
    _write(directory, [summary.session_end_pb(api_pb2.STATUS_SUCCESS)])
    writer = tf.summary.create_file_writer(str(directory))
    with writer.as_default(step=step):
        for name, value in results.items():
            tf.summary.scalar(f"test/{name}", value)
    writer.close()


def _write(directory: Path, summaries: Sequence) -> None:
    writer = tf.summary.create_file_writer(str(directory))
    with writer.as_default(step=0):
        for proto in summaries:
            tf.summary.experimental.write_raw_pb(proto.SerializeToString())
    writer.close()
