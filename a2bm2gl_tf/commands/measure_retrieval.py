"""Measure approximate retrieval against exact."""

import json

from absl import flags

from a2bm2gl_tf.benchmarks.retrieval import RetrievalPlan, measure_retrieval
from a2bm2gl_tf.errors import UserError


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of measure_retrieval.py."""
    flags.DEFINE_list("items", ["50000", "1000000"], "Sizes of the catalogue.", flag_values=fv)
    flags.DEFINE_list("index", ["ivf", "hnsw"], "Indices of faiss.", flag_values=fv)
    for name, default, text in (
        ("dimension", 64, "Width d of the embeddings."),
        ("queries", 500, "Users."),
        ("k", 10, "Items a list."),
        ("threads", 2, "Threads that build an index."),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=fv)


def main(values: flags.FlagValues) -> None:
    """Prints one JSON object for every size and index."""
    sizes = []
    for text in values.items:
        if not text.strip().isdecimal() or int(text) < max(values.k, 1):
            raise UserError(f"--items={text} is not a number of at least k = {values.k}")
        sizes.append(int(text))
    unknown = sorted(set(values.index) - {"ivf", "hnsw"})
    if unknown:
        raise UserError(f"--index={unknown[0]} is not one of ivf, hnsw")
    for items in sizes:
        for kind in values.index:
            plan = RetrievalPlan(
                items, values.dimension, values.queries, values.k, kind, values.threads
            )
            print(json.dumps(measure_retrieval(plan)), flush=True)
