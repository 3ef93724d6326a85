"""Formats; importing the package makes its readers known to `registry.read_format`."""

from a2bm2gl_tf.data.formats import kwai, mmrec, movielens_1m, movielens_100k, recbole, table

__all__ = ["kwai", "mmrec", "movielens_1m", "movielens_100k", "recbole", "table"]
