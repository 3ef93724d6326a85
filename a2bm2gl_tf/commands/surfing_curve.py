"""Prints how close the m strongest entries of random surfing come to the whole of M."""

from absl import flags

import a2bm2gl_tf.data  # noqa: F401 - makes the readers known
from a2bm2gl_tf.commands.dataset_flags import dataset_of_flags, define_dataset_flags
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import bipartite_adjacency
from a2bm2gl_tf.graph.surfing_accuracy import SurfingAccuracy, surfing_curve
from a2bm2gl_tf.layers.neighbourhoods import Surfing


def define_flags(values: flags.FlagValues) -> None:
    """Defines the flags of surfing_curve.py."""
    surfing = Surfing()
    define_dataset_flags(values)
    flags.DEFINE_integer("seed", 0, "Seed of split and generation.", flag_values=values)
    flags.DEFINE_integer(
        "hops", surfing.hops, "Transition operations k.", lower_bound=1, flag_values=values
    )
    flags.DEFINE_float(
        "surfing_alpha", surfing.continue_probability, "Probability alpha.", flag_values=values
    )
    flags.DEFINE_list("top_m", ["10", "20", "50", "100"], "Values of m.", flag_values=values)
    flags.DEFINE_list(
        "beam", ["20", "50", "200", "exact"], "Values of the beam, or exact.", flag_values=values
    )


def main(values: flags.FlagValues) -> None:
    """Runs surfing_curve.py with parsed flags; prints the table."""
    if not 0.0 < values.surfing_alpha < 1.0:
        raise UserError(f"--surfing_alpha={values.surfing_alpha} must be between 0 and 1")
    sizes = _positive("top_m", values.top_m)
    beams = [None if text == "exact" else _positive("beam", [text])[0] for text in values.beam]
    dataset = dataset_of_flags(values)
    adjacency = bipartite_adjacency(dataset.train)
    points = surfing_curve(adjacency, values.hops, values.surfing_alpha, sizes, beams)
    print(
        f"{dataset.name}: {adjacency.shape[0]} nodes, {adjacency.nnz} edges; "
        f"hops {values.hops}, alpha {values.surfing_alpha}"
    )
    print(format_curve(points))


def _positive(flag: str, texts: list[str]) -> list[int]:
    if not texts or not all(text.isdecimal() and int(text) > 0 for text in texts):
        raise UserError(f"--{flag}={','.join(texts)}: give positive integers, such as 10,50")
    return [int(text) for text in texts]


def format_curve(points: list[SurfingAccuracy]) -> str:
    """The curve as a table for people."""
    lines = [f"{'beam':>8} {'m':>6} {'recall of true top m':>21} {'mass kept':>10} {'L1 error':>9}"]
    lines += [
        f"{p.beam or 'exact':>8} {p.m:6d} {p.recall:21.4f} {p.captured:10.4f} {p.l1_error:9.4f}"
        for p in points
    ]
    return "\n".join(lines)
