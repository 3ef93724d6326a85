"""Formats; importing the package makes its readers known to `registry.read_format`."""

from a2bm2gl_tf.data.formats import (
    diffmm,
    kwai,
    lightgcn,
    microlens,
    mmgcn,
    mmrec,
    movielens_1m,
    movielens_100k,
    recbole,
    table,
    tiktok_icme19,
)

__all__ = [
    "diffmm",
    "kwai",
    "lightgcn",
    "microlens",
    "mmgcn",
    "mmrec",
    "movielens_1m",
    "movielens_100k",
    "recbole",
    "table",
    "tiktok_icme19",
]
