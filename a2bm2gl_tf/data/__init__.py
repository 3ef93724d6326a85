"""Datasets; importing the package makes its readers known to `registry.load_dataset`."""

from a2bm2gl_tf.data import movielens, prepared, synthetic, tiktok

__all__ = ["movielens", "prepared", "synthetic", "tiktok"]
