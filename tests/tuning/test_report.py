import csv
import dataclasses
import io

import numpy as np
import pytest
import scipy.stats

from a2bm2gl_tf.tuning.changes_picture import draw_changes
from a2bm2gl_tf.tuning.pictures import draw_history, draw_slice
from a2bm2gl_tf.tuning.report import changes_table, comma_separated, page, pictures_of, summary
from a2bm2gl_tf.tuning.space import Choices, Range
from a2bm2gl_tf.tuning.study import DONE, FAILED, PRUNED, TrialRecord

SPACE = (
    Range("learning_rate", 0.001, 0.1, log=True),
    Range("dimension", 4, 64),
    Choices("own.hidden", ((64, 32), (8,))),
)


def _record(number, state, rate, *values, reason=""):
    picked = {"learning_rate": rate, "dimension": 4 * number, "own.hidden": (8,)}
    fits = tuple(
        {"fold": fold, "seed": 0, "value": value, "best_step": 5, "seconds": 1.5}
        for fold, value in enumerate(values)
    )
    return TrialRecord(number, state, picked, fits, reason, 1.5 * len(values))


@pytest.fixture
def records():
    return [
        _record(1, DONE, 0.002, 0.1, 0.3),
        _record(2, FAILED, 0.09, reason="the loss is <nan>"),
        _record(3, DONE, 0.01, 0.4, 0.6),
        _record(4, DONE, 0.05, 0.2, 0.2),
        _record(5, PRUNED, 0.004, reason="ended at validation 2"),
    ]


def test_csv_has_every_trial_unrounded(records):
    rows = list(csv.DictReader(io.StringIO(comma_separated(records, SPACE))))
    assert [row["state"] for row in rows] == ["done", "failed", "done", "done", "pruned"]
    assert rows[0] == {
        "trial": "1",
        "state": "done",
        "value": "0.2",
        "deviation": repr(float(np.std([0.1, 0.3], ddof=1))),
        "learning_rate": "0.002",
        "dimension": "4",
        "own.hidden": "8",
        "values": "0.1 0.3",
        "best_steps": "5 5",
        "seconds": "3.0",
        "reason": "",
    }
    assert (rows[1]["value"], rows[1]["deviation"]) == ("", "")
    assert rows[1]["reason"] == "the loss is <nan>"


def test_summary_names_the_best_with_its_deviation(records):
    said = summary(records, "ndcg@10").splitlines()
    assert said[0] == "5 trials: 3 done, 1 failed, 1 pruned"
    assert said[1] == (
        "best: trial 3, ndcg@10 0.5000 ± 0.1414 in validation, mean ± deviation of 2 fits"
    )
    assert [line.split() for line in said[2:5]] == [
        ["learning_rate", "0.01"],
        ["dimension", "12"],
        ["own.hidden", "8"],
    ]
    assert said[5].startswith("ahead of trial 1 by 0.3000, p = ")
    assert said[5].endswith("(paired t-test over 2 fits; the pick flatters it)")
    assert "ahead" not in summary(records[:1], "ndcg@10")
    assert "none is done: the loss is <nan>" in summary(records[1:2], "ndcg@10")
    assert summary([], "ndcg@10").endswith("none is done")


def test_page_marks_the_best_and_has_a_picture_a_setting(records):
    pictures = pictures_of(records, SPACE, "ndcg@10", "tpe")
    assert list(pictures) == ["history.png", *(f"{parameter.name}.png" for parameter in SPACE)]
    assert all(data.startswith(b"\x89PNG") for _, data in pictures.values())
    shown = page(records, SPACE, "Search", ["lead & more"], "ndcg@10", pictures, "tpe")
    assert shown.count("<img ") == 1 + len(SPACE)
    assert '<td class="number best">0.5000 ± 0.1414</td>' in shown
    assert "the loss is &lt;nan&gt;" in shown
    assert "0.001 to 0.1, logarithmic" in shown
    assert "64/32, 8" in shown
    # A search in which nothing is done yet has its page too.
    undone = records[1:2]
    pictures = pictures_of(undone, SPACE, "ndcg@10", "tpe")
    assert "unfinished" not in page(undone, SPACE, "Search", [], "ndcg@10", pictures, "tpe")


def test_history_shows_the_best_so_far(records):
    (axes,) = draw_history(records, "ndcg@10").axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("trial", "ndcg@10 in validation")
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["trial"].get_xydata().tolist() == [[1, 0.2], [3, 0.5], [4, 0.2]]
    assert lines["best so far"].get_xydata().tolist() == [[1, 0.2], [3, 0.5], [4, 0.5], [5, 0.5]]
    assert lines["pruned, failed or unfinished"].get_xdata().tolist() == [2, 5]


def test_slices_show_done_trials_by_a_setting(records):
    (axes,) = draw_slice(records, SPACE[0], "ndcg@10").axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("learning_rate", "ndcg@10 in validation")
    assert axes.get_xscale() == "log"
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["trial"].get_xydata().tolist() == [[0.002, 0.2], [0.01, 0.5], [0.05, 0.2]]
    assert np.ravel(lines["best"].get_xydata()).tolist() == [0.01, 0.5]
    (axes,) = draw_slice(records, SPACE[2], "ndcg@10").axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["64/32", "8"]
    assert axes.lines[0].get_xdata().tolist() == [1, 1, 1]


CHANGED = (Choices("l2", (1.0, 0.1, 10.0)), Choices("loss", ("adaptive", "bpr")))


def _changed(number, state, l2, loss, *values, reason=""):
    record = _record(number, state, 0.1, *values, reason=reason)
    return dataclasses.replace(record, picked={"l2": l2, "loss": loss})


@pytest.fixture
def changes():
    return [
        _changed(1, DONE, 1.0, "adaptive", 0.30, 0.40, 0.50),
        _changed(2, DONE, 0.1, "adaptive", 0.32, 0.43, 0.51),
        _changed(3, FAILED, 10.0, "adaptive", reason="the loss is nan"),
        _changed(4, DONE, 1.0, "bpr", 0.20, 0.31, 0.39),
    ]


def test_changes_are_contrasted_with_the_recipe_fit_by_fit(changes):
    table = changes_table(changes, CHANGED, "ndcg@10")
    one = scipy.stats.ttest_rel([0.32, 0.43, 0.51], [0.30, 0.40, 0.50]).pvalue
    other = scipy.stats.ttest_rel([0.20, 0.31, 0.39], [0.30, 0.40, 0.50]).pvalue
    assert other < one
    assert table.rows == (
        ("the recipe", "0.4000 ± 0.1000", "–", "–", ""),
        ("l2=0.1", "0.4200 ± 0.0954", "+0.0200", f"{one:.2g}", ""),
        ("l2=10.0", "–", "–", "–", "the loss is nan"),
        ("loss=bpr", "0.3000 ± 0.0954", "-0.1000", f"{2 * other:.2g} **", ""),
    )
    assert "over 3 fits" in table.note
    single = [dataclasses.replace(r, fits=r.fits[:1]) for r in changes]
    assert [row[3] for row in changes_table(single, CHANGED, "ndcg@10").rows] == ["–"] * 4
    # After an interruption the recipe may be drawn again behind others.
    again = [dataclasses.replace(changes[0], number=9), *changes[1:]]
    shown = changes_table([*again[1:], again[0]], CHANGED, "ndcg@10").rows
    assert shown == (*table.rows[1:], table.rows[0])
    (axes,) = draw_changes([*again[1:], again[0]], CHANGED, "ndcg@10").axes
    dotted = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"]
    assert dotted == [pytest.approx(0.4)]
    undone = [dataclasses.replace(changes[0], state=FAILED), changes[1]]
    assert changes_table(undone, CHANGED, "ndcg@10").rows[1][2] == "–"


def test_the_picture_of_changes_has_a_row_each_with_every_fit(changes):
    (axes,) = draw_changes(changes, CHANGED, "ndcg@10").axes
    assert axes.get_xlabel() == "ndcg@10 in validation, from 0 to 1"
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "the recipe",
        "l2=0.1",
        "loss=bpr",
    ]
    shown = [points.get_offsets().tolist() for points in axes.collections[:3]]
    assert shown[1] == [[0.32, 1.0], [0.43, 1.0], [0.51, 1.0]]
    pictures = pictures_of(changes, CHANGED, "ndcg@10", "one_at_a_time")
    assert list(pictures) == ["changes.png"]
    shown = page(changes, CHANGED, "Search", [], "ndcg@10", pictures, "one_at_a_time")
    assert "Changes of one setting" in shown
    assert shown.count("<img ") == 1
