"""How the cost of an epoch grows with the number of interactions."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from a2bm2gl_tf.benchmarks.generated_graph import generated_split
from a2bm2gl_tf.benchmarks.measurement import Measurement, measure
from a2bm2gl_tf.benchmarks.task import Task
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import atomic_write


@dataclasses.dataclass(frozen=True)
class ScalingPoint:
    """One size.

    Attributes:
      interactions: of the training split.
      seconds: median seconds of an epoch.
      peak_bytes: the most memory of the process.
      whole: False where the epoch was extrapolated from its first steps.
    """

    interactions: int
    seconds: float
    peak_bytes: int
    whole: bool


def measure_scaling(
    sizes: Sequence[int],
    method: str,
    steps_per_epoch: int,
    rounds: int,
    max_seconds: float,
    settings: dict,
) -> list[ScalingPoint]:
    """Epochs at several sizes of generated data, the number of steps an epoch held.

    Every step propagates the whole graph, so an epoch costs steps x interactions; batches grow
    with the data. With batches of a fixed number of users it would be quadratic.

    Args:
      sizes: interactions in all splits.
      method: name in `registry.METHODS`.
      steps_per_epoch: batches that all users are cut into.
      rounds: epochs at each size.
      max_seconds: as `measure`.
      settings: attributes of `Task` beside the data and `batch_users`.
    """
    points = []
    for size in sizes:
        train, test = generated_split(size, settings.get("seed", 0))
        task = Task(train, test, batch_users=-(-train.shape[0] // steps_per_epoch), **settings)
        result: Measurement = measure(task, [method], rounds, max_seconds, evaluate=False)[0]
        if result.not_measured:
            raise UserError(f"{method}: {result.not_measured}")
        points.append(ScalingPoint(train.nnz, result.epoch, result.peak_bytes, result.whole))
    return points


def fitted_exponent(points: Sequence[ScalingPoint]) -> float:
    """Slope of log seconds over log interactions, by least squares; at least two points."""
    interactions = np.log([point.interactions for point in points])
    seconds = np.log([point.seconds for point in points])
    return float(np.polyfit(interactions, seconds, 1)[0])


def require_plotting() -> Callable:
    """Matplotlib's figure class, asked for before any work is done.

    Raises:
      UserError: it is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError("--scaling draws a plot: pip install matplotlib") from error
    return Figure


def plot_scaling(points: Sequence[ScalingPoint], path: Path) -> None:
    """Draws the points and the fitted line on logarithmic axes, as PNG.

    Raises:
      UserError: matplotlib is not installed.
    """
    figure = require_plotting()(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    interactions = np.array([point.interactions for point in points], float)
    seconds = np.array([point.seconds for point in points])
    exponent = fitted_exponent(points)
    offset = np.log(seconds).mean() - exponent * np.log(interactions).mean()
    axes.loglog(interactions, seconds, "o", label="measured")
    axes.loglog(
        interactions,
        np.exp(offset) * interactions**exponent,
        "--",
        label=f"fitted exponent {exponent:.2f}",
    )
    axes.set(xlabel="training interactions", ylabel="seconds an epoch")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    with atomic_write(path, "wb") as file:
        figure.savefig(file, format="png", dpi=150)
