import csv
import io

import numpy as np
import pytest
import scipy.stats

from a2bm2gl_tf.reports.distribution_data import SeedRun
from a2bm2gl_tf.reports.seed_agreement import draw_seeds, quantities, seeds_file, seeds_table

# Four users; the last has no test item, and in the second run no training item either.
MEANS = np.array([[3.0, 1.0, 0.0], [2.0, 2.0, 0.5], [1.0, 0.5, 0.25], [4.0, np.nan, 0.0]])
OTHER = MEANS + np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.5], [1.0, 0.0, 0.0], [np.nan, 0.0, 0.0]])
BOUNDS = np.array([[2.5, 0.0], [2.0, 0.5], [1.5, 0.5], [3.5, 0.0]], np.float32)
RUNS = (SeedRun(0, MEANS, BOUNDS), SeedRun(7, OTHER, 2 * BOUNDS))


def _by_name(runs):
    return {quantity.name: quantity for quantity in quantities(runs)}


def test_means_and_differences_by_hand():
    found = _by_name(RUNS)
    assert found["mean score, training"].by_seed == (2.5, pytest.approx(8 / 3))
    assert found["mean score, test"].by_seed == pytest.approx((3.5 / 3, 4.5 / 3))
    assert found["B_up"].by_seed == pytest.approx((9.5 / 4, 9.5 / 2))
    gap = found["test less negative"]
    # Of three users: 1, 1.5, .25 and 1, 2, .25.
    assert gap.by_seed == pytest.approx((2.75 / 3, 3.25 / 3))
    assert gap.p_value == pytest.approx(scipy.stats.ttest_1samp([1.0, 1.75, 0.25], 0).pvalue)
    follows = found["B_up less training"]
    assert follows.by_seed == pytest.approx((-0.5 / 4, (1.0 + 2.0 + 1.0) / 3))
    assert found["mean score, test"].p_value is None


def test_correlations_are_over_users_and_tested_on_means_over_seeds():
    found = _by_name(RUNS)["B_up with training"]
    first = np.corrcoef(BOUNDS[:, 0], MEANS[:, 0])[0, 1]
    second = np.corrcoef(BOUNDS[:3, 0], OTHER[:3, 0])[0, 1]
    assert found.by_seed == pytest.approx((first, second))
    averaged = (MEANS + OTHER)[:3, 0] / 2
    expected = scipy.stats.pearsonr(1.5 * BOUNDS[:3, 0], averaged).pvalue
    assert found.p_value == pytest.approx(expected)
    constant = [run._replace(boundaries=np.ones((4, 2))) for run in RUNS]
    assert np.isnan(_by_name(constant)["B_up with training"].by_seed).all()
    assert _by_name(constant)["B_up with training"].p_value is None
    rows = {row[0]: row[1:] for row in seeds_table(constant).rows}
    assert rows["B_up with training"] == ("–", "–", "–", "–")


def test_runs_without_boundaries_have_their_means():
    names = list(_by_name([run._replace(boundaries=None) for run in RUNS]))
    assert names == [
        "mean score, training",
        "mean score, test",
        "mean score, negative",
        "test less negative",
    ]


def test_table_file_and_picture_have_every_seed():
    table = seeds_table(RUNS)
    assert table.header[1:3] == ("seed 0", "seed 7")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["mean score, training"] == ("2.500", "2.667", "2.583 ± 0.118", "–")
    assert rows["test less negative"][3] == f"{quantities(RUNS)[3].p_value:.2g}"
    file = list(csv.DictReader(io.StringIO(seeds_file(RUNS))))
    assert len(file) == 2 * len(table.rows)
    assert (file[0]["seed"], float(file[0]["value"]), file[1]["seed"]) == ("0", 2.5, "7")
    scores, correlations = draw_seeds(RUNS).axes
    assert correlations.get_xlabel() == "correlation over users, from -1 to 1"
    shown = [label.get_text() for label in scores.get_yticklabels()]
    assert shown[0] == "mean score, training"
    assert scores.collections[0].get_offsets()[:, 0].tolist() == pytest.approx([2.5, 8 / 3])
