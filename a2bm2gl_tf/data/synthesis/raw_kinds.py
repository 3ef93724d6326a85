"""The raw data sets that can be generated, by name."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from a2bm2gl_tf.data.synthesis.raw_kwai import write_kwai
from a2bm2gl_tf.data.synthesis.raw_movielens import write_movielens
from a2bm2gl_tf.data.synthesis.raw_request import RawRequest
from a2bm2gl_tf.data.synthesis.raw_size import RawSize
from a2bm2gl_tf.data.synthesis.raw_tiktok import write_tiktok


@dataclasses.dataclass(frozen=True)
class RawKind:
    """A raw data set.

    Attributes:
      size: the paper's, Table 1.
      write: writes the files of a request into an empty folder and counts what it wrote.
      has_negatives: some records are no interaction.
      has_visual_files: visual features are one file an item, and may be left out.
    """

    size: RawSize
    write: Callable[[RawRequest, Path], dict[str, int]]
    has_negatives: bool
    has_visual_files: bool


# The table prints 10,000 interactions of MovieLens; its sparsity and the data have 100,000.
RAW_KINDS = {
    "kwai": RawKind(RawSize(10_000, 34_325, 4_221_975), write_kwai, True, True),
    "tiktok": RawKind(RawSize(15_727, 153_005, 215_942), write_tiktok, True, False),
    "movielens": RawKind(RawSize(943, 1_682, 100_000), write_movielens, False, False),
}
