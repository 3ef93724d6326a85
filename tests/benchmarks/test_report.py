"""Tables: medians, paired ratios, gaps and remarks."""

import csv
import io
import json

import pytest

from a2bm2gl_tf.benchmarks.measurement import Measurement, median_ratio
from a2bm2gl_tf.benchmarks.report import as_json, comma_separated, markdown, rows_of


@pytest.fixture
def results():
    return [
        Measurement(
            "a2bm2gl",
            steps_per_epoch=30,
            epoch_seconds=[2.0, 4.0, 3.0],
            evaluation_seconds=[1.0, 2.0, 1.0],
            recall=0.25,
            peak_bytes=2 * 2**30,
            note="all negatives",
        ),
        Measurement("implicit_als", not_measured="not installed: pip install implicit"),
        Measurement(
            "lightgcn_torch",
            steps_per_epoch=400,
            epoch_seconds=[20.0, 80.0, 45.0],
            whole=False,
            evaluation_seconds=[10.0, 30.0, 12.0],
            recall=0.5,
            peak_bytes=3 * 2**20,
            note="sampled",
        ),
        Measurement("lightgcn_torch_once", evaluation_seconds=[5.0, 8.0, 7.0], recall=0.1),
    ]


def test_numbers_are_medians_and_ratios_are_paired(results):
    ours, missing, torch, once = rows_of(results, num_evaluated=600)
    assert ours["epoch_seconds"] == 3.0
    assert ours["steps_per_second"] == 10.0
    assert ours["evaluation_users_per_second"] == 600.0
    assert ours["epoch_ratio"] == ours["evaluation_ratio"] == 1.0
    assert ours["peak_mib"] == 2048
    # Round by round 10, 20, 15: not the ratio 45 / 3 of medians taken apart, though equal here;
    # evaluation 10, 15, 12 against 12 / 1.
    assert torch["epoch_ratio"] == 15.0
    assert torch["evaluation_ratio"] == 12.0
    assert torch["note"] == "sampled; epoch extrapolated from its first steps"
    assert missing["epoch_seconds"] is missing["peak_mib"] is missing["epoch_ratio"] is None
    assert missing["note"] == "not installed: pip install implicit"
    # A model that was not trained has no recall to show.
    assert once["recall"] is None
    assert once["evaluation_ratio"] == 5.0


def test_paired_ratio_differs_from_ratio_of_medians():
    assert median_ratio([10.0, 100.0, 30.0], [1.0, 50.0, 10.0]) == 3.0  # medians apart: 3 as well
    assert median_ratio([10.0, 100.0, 90.0], [1.0, 50.0, 10.0]) == 9.0  # medians apart: 9
    assert median_ratio([10.0, 60.0, 20.0], [1.0, 50.0, 2.0]) == 10.0  # medians apart: 10
    assert median_ratio([4.0, 9.0, 6.0], [1.0, 1.0, 3.0]) == 4.0  # medians apart: 6
    assert median_ratio([], [1.0]) is None


def test_markdown_is_a_rectangle_with_dashes_for_gaps(results):
    lines = markdown(rows_of(results, 600)).split("\n")
    assert len(lines) == 2 + len(results)
    assert {line.count("|") for line in lines} == {10}
    assert len({len(line) for line in lines}) == 1
    cells = [cell.strip() for cell in lines[2].split("|")]
    assert cells[1:5] == ["A2BM2GL, collaborative, adaptive loss", "3", "1", "10"]
    assert cells[7] == "2,048"
    assert [cell.strip() for cell in lines[3].split("|")][2:9] == ["-"] * 7
    assert "pip install implicit" in lines[3]


def test_csv_and_json_hold_the_same_numbers(results):
    rows = list(csv.DictReader(io.StringIO(comma_separated(rows_of(results, 600)))))
    assert float(rows[2]["epoch_seconds"]) == 45.0
    assert rows[1]["epoch_seconds"] == ""
    assert json.loads(json.dumps(as_json(results)))[2]["epoch_seconds"] == [20.0, 80.0, 45.0]


def test_no_reference_no_ratios():
    rows = rows_of([Measurement("ease", not_measured="too large")], 3)
    assert rows[0]["epoch_ratio"] is None
