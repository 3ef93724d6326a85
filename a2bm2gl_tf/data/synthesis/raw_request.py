"""What a generator of raw files is asked for, and the streams of random numbers it draws from."""

import dataclasses
import enum

import numpy as np

from a2bm2gl_tf.data.preparation.random_streams import random_stream
from a2bm2gl_tf.data.synthesis.raw_size import RawSize


class Purpose(enum.IntEnum):
    """One stream each: leaving out the visual files, say, changes no other file.

    Numbers from 101 keep clear of those that preparing the data draws from with the same seed.
    """

    PREFERENCES = 101
    INTERACTIONS = 102
    IDS = 103
    RECORDS = 104
    WORDS = 105
    VISUAL = 106
    AUDIO = 107
    FACES = 108
    PEOPLE = 109


@dataclasses.dataclass(frozen=True)
class RawRequest:
    """A data set to generate.

    Attributes:
      size: users, items and interactions, met exactly.
      seed: of everything random; the same request gives the same bytes.
      negative_share: share of the records that are no interaction (click = 0, finish = 0), from 0
        to below 1; they come on top of `size.interactions`.
      visual: write the visual features where they are one file an item.
    """

    size: RawSize
    seed: int = 0
    negative_share: float = 0.2
    visual: bool = True

    def stream(self, purpose: Purpose) -> np.random.Generator:
        """The stream of random numbers of a purpose, from its start."""
        return random_stream(self.seed, int(purpose))

    @property
    def num_negatives(self) -> int:
        """Records that are no interaction."""
        return round(self.size.interactions * self.negative_share / (1 - self.negative_share))
