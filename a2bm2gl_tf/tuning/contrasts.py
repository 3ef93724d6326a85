"""Whether one trial is better than another by more than the luck of folds and seeds."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from a2bm2gl_tf.comparison.significance import holm, paired_p_value
from a2bm2gl_tf.tuning.study import DONE, TrialRecord


@dataclasses.dataclass(frozen=True)
class Contrast:
    """A trial against another, fit by fit.

    Attributes:
      difference: mean over the fits of its value less the other's.
      p_value: of the paired two-sided t-test over fits, after Holm's correction for all trials that
        are contrasted with the same one; None of a single fit.
    """

    difference: float
    p_value: float | None


def contrasts_with(reference: TrialRecord, records: Sequence[TrialRecord]) -> dict[int, Contrast]:
    """The contrast of each other done trial with a done one, by the trials' numbers.

    A trial's fits are those of the same folds and seeds in the same order as any other's.
    """
    others = [r for r in records if r.state == DONE and r.number != reference.number]
    values = [np.array(other.values) for other in others]
    ours = np.array(reference.values)
    several = len(ours) > 1
    p_values = holm([paired_p_value(theirs, ours) for theirs in values]) if several else None
    return {
        other.number: Contrast(float((theirs - ours).mean()), p_values[place] if several else None)
        for place, (other, theirs) in enumerate(zip(others, values, strict=True))
    }
