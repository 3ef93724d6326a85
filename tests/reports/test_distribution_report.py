import csv
import io

import numpy as np
import pytest

from a2bm2gl_tf.reports.distribution_data import (
    Distributions,
    ScoreSource,
    score_files,
    summary_file,
    users_file,
)
from a2bm2gl_tf.reports.distribution_figures import Panel, draw_distributions
from a2bm2gl_tf.reports.distribution_report import (
    distribution_page,
    distribution_pictures,
    distribution_tables,
)
from a2bm2gl_tf.reports.over_users_figures import draw_boundaries

SCORES = np.array([[3.0, 1.0, 0.5, -1.0, 0.25], [0.0, 2.0, 1.0, np.nan, 0.0]])
KINDS = np.array([[0, 2, 3, 3, 3], [3, 0, 1, 2, 3]], np.int8)


@pytest.fixture
def data():
    """Two of three users, five items, a run with boundaries and one modality."""
    means = np.array([[3.0, 1.0, -0.1], [np.nan, 2.0, 0.5], [2.0, np.nan, 0.0]])
    boundaries = np.array([[2.0, 0.0], [np.nan, np.nan], [1.5, -0.5]], np.float32)
    return Distributions(
        lead=("A <run>",),
        users=("ann", "<b>"),
        item_ids=np.array([7, 8, 9, 10, 11]),
        kinds=KINDS,
        sources=(
            ScoreSource("predicted", "By the run", "score", SCORES, boundaries[[0, 2]]),
            ScoreSource("content text", "By text", "cosine", np.full((2, 5), np.nan)),
        ),
        all_users=np.array(["ann", "bob", "<b>"], object),
        degrees=np.array([1, 0, 1]),
        means={"predicted": means, "ideal": means + 1},
        boundaries={"predicted": boundaries, "ideal": boundaries + 2},
        margin=1.0,
    )


def _rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_one_row_a_user_and_item(data):
    files = score_files(data)
    assert list(files) == ["scores.csv"]
    rows = _rows(files["scores.csv"])
    assert len(rows) == 10
    expected = {"user": "<b>", "item": "10", "kind": "test", "predicted": "", "content_text": ""}
    assert rows[8] == expected
    assert (rows[0]["kind"], rows[0]["predicted"]) == ("training", "3")


def test_large_files_are_binned(data):
    files = score_files(data, most_rows=9)
    assert list(files) == ["histograms.csv"]
    rows = [row for row in _rows(files["histograms.csv"]) if row["source"] == "predicted"]
    assert len(rows) == 2 * 50
    first, last = rows[0], rows[49]
    assert (first["from"], last["to"], first["negative"], last["training"]) == ("-1", "3", "1", "1")
    assert sum(int(row["negative"]) for row in rows) == 5


def test_summary_by_hand(data):
    rows = _rows(summary_file(data))
    assert [(row["user"], row["source"]) for row in rows[:2]] == [
        ("ann", "predicted"),
        ("ann", "content_text"),
    ]
    ann = rows[0]
    assert (ann["upper"], ann["lower"], ann["gap"]) == ("2", "0", "2")
    assert (ann["training_beyond"], ann["test_beyond"]) == ("1", "0")
    assert float(ann["negative_beyond"]) == pytest.approx(1 / 3)
    assert (ann["test_auc"], ann["negative_count"]) == ("1", "3")
    assert (rows[1]["upper"], rows[1]["training_mean"]) == ("", "")


def test_users_file_has_everyone(data):
    rows = _rows(users_file(data))
    assert [row["gap"] for row in rows] == ["2", "", "2"]
    assert [(row["upper"], row["ideal_upper"]) for row in rows] == [
        ("2", "4"),
        ("", ""),
        ("1.5", "3.5"),
    ]
    assert [row["ideal_mean_test"] for row in rows] == ["2", "3", ""]


def test_tables_by_hand(data):
    _, chosen, everyone, agreement = distribution_tables(data)
    assert chosen.rows[0][2:8] == (
        "1: 3.000 ± 0.000",
        "1: 1.000 ± 0.000",
        "3: -0.083 ± 0.656",
        "2.000",
        "0.000",
        "100.0%",
    )
    gap = next(row for row in everyone.rows if row[0] == "B_up - B_low")
    assert gap[1:4] == ("2", "2.000", "0.000")
    rows = {row[:2]: row[2:] for row in agreement.rows}
    # 2 and 1.5 against 3 and 2; the lower boundaries 0 and -0.5 against -0.1 and 0.
    assert rows["B_up", "predicted mean, training"] == ("2", "1.000", "-0.750", "0.750")
    assert rows["B_low", "predicted mean, negative"] == ("2", "-1.000", "-0.200", "0.300")
    assert rows["B_up", "ideal B_up"] == ("2", "1.000", "-2.000", "2.000")
    assert rows["predicted mean, test", "ideal mean, test"] == ("2", "1.000", "-1.000", "1.000")


def test_page_escapes_and_holds_every_picture(data):
    pictures = distribution_pictures(data)
    users = {"user_1", "user_1_data", "user_2", "user_2_data"}
    over_users = {"boundaries", "gaps", "boundaries_and_means", "means", "ideal"}
    assert set(pictures) == users | over_users
    page = distribution_page(data, pictures)
    assert "<b>" not in page
    assert page.count("data:image/png") == len(pictures)


def test_densities_and_named_boundaries():
    scores = {
        "training": np.array([2.0, 3.0]),
        "validation": np.array([50.0]),
        "test": np.array([2.5]),
        "negative": np.arange(-19, 22) / 20,
    }
    panels = [Panel("one", "score", scores, (2.4, 0.1)), Panel("two", "score", scores)]
    figure = draw_distributions("both", panels, one_axis=True)
    one, two = figure.axes
    labels = one.get_legend_handles_labels()[1]
    assert labels[:3] == [
        "training items (2), mean 2.5",
        "test items (1), mean 2.5",
        "negatives (41), mean 0.05",
    ]
    assert labels[3:] == ["$B_u^{up}$ = 2.4", "$B_u^{low}$ = 0.1"]
    assert len(two.get_legend_handles_labels()[1]) == 3
    # Validation items are not drawn, and so do not stretch the axis.
    assert one.get_xlim() == two.get_xlim()
    assert one.get_xlim()[1] < 5
    for line in one.lines[:3]:
        assert np.trapezoid(line.get_ydata(), line.get_xdata()) == pytest.approx(1, abs=0.002)
    vertical = [line.get_xdata()[0] for line in one.lines if len(line.get_xdata()) == 2][:2]
    assert vertical == [2.4, 0.1]


def test_a_crowd_of_negatives_does_not_hide_the_positives():
    scores = {
        "training": np.linspace(0, 10, 30),
        "validation": np.zeros(0),
        "test": np.zeros(0),
        "negative": np.full(1000, 0.01),
    }
    (axes,) = draw_distributions("crowd", [Panel("one", "score", scores)]).axes
    labels = axes.get_legend_handles_labels()[1]
    peaks = [line.get_ydata().max() for line in axes.lines[:2]]
    assert any(label.startswith("(negatives peak at ") for label in labels)
    assert peaks[0] > axes.get_ylim()[1] / 6
    assert peaks[1] > axes.get_ylim()[1]


def test_lines_far_from_every_boundary_are_left_out():
    boundaries = np.array([[1.0, 0.0], [1.2, 0.1]])
    (axes,) = draw_boundaries(boundaries, margin=1.0).axes
    assert [line.get_label() for line in axes.lines] == ["gap = m = 1"]
    low, high = axes.get_ylim()
    assert 0.9 < low < 1 < 1.2 < high < 1.3
