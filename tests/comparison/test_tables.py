import csv
import dataclasses
import io

import numpy as np

from a2bm2gl_tf.comparison.published import published_tables
from a2bm2gl_tf.comparison.tables import (
    comma_separated,
    comparison_table,
    markdown,
    page,
    picked_text,
)

# The reference's values of each user, as `results` has them.
OURS = np.random.default_rng(0).random(50)


def test_means_deviations_medians_and_marks(results):
    ((comparison, summaries),) = results()
    table = comparison_table(comparison, summaries)
    mean = OURS.mean() + 0.005
    deviation = 0.01 / np.sqrt(2)
    column = table.header.index("NDCG@10")
    assert table.rows[2][column] == f"{mean:.4f} ± {deviation:.4f}"
    assert table.rows[2][table.header.index("fit, s")] == "2.5"
    assert table.rows[1][table.header.index("peak, MiB")] == "302"
    assert table.rows[2][table.header.index("picked")] == "defaults"
    assert table.rows[1][table.header.index("picked")].startswith("l2=")
    assert table.rows[1][table.header.index("AUC")] == "–"
    # Ours is second, and the table says so.
    assert table.marks == {(1, column): "best", (2, column): "second"}


def test_better_and_worse_than_ours_are_told_apart(results):
    ((comparison, summaries),) = results()
    table = comparison_table(comparison, summaries)
    column = table.header.index("NDCG@10 against A2BM2GL")
    popularity, bpr, ours = (row[column] for row in table.rows)
    assert popularity.startswith("▼ worse -0.0")
    assert popularity.endswith(" **")
    assert bpr.startswith("▲ better +0.05")
    assert bpr.endswith(" **")
    assert ours == "–"
    assert "for 2 methods" in table.note
    assert "ignores how training varies from seed to seed" in table.note


def test_csv_has_corrected_p_values_unrounded(results):
    found = results()
    rows = {row["method"]: row for row in csv.DictReader(io.StringIO(comma_separated(found)))}
    raw = [float(rows[name]["p_value"]) for name in ("popularity", "bpr_mf")]
    corrected = [float(rows[name]["p_value_holm"]) for name in ("popularity", "bpr_mf")]
    assert corrected[raw.index(min(raw))] == 2 * min(raw)
    assert corrected[raw.index(max(raw))] == max(2 * min(raw), max(raw))
    assert rows["a2bm2gl"]["p_value"] == ""
    assert float(rows["bpr_mf"]["ndcg@10"]) == found[0][1][1].metrics["ndcg@10"].mean
    assert rows["bpr_mf"]["seeds_finished"] == "2"


def test_one_seed_has_no_deviation(results):
    ((comparison, summaries),) = results(seeds=(3,))
    table = comparison_table(comparison, summaries)
    assert "±" not in table.rows[2][table.header.index("NDCG@10")]
    assert "of seed 3." in table.note


def test_what_failed_or_is_missing_is_said(results):
    failing = {("bpr_mf", 0): None, ("popularity", 0): None}
    ((comparison, summaries),) = results(failing)
    popularity, bpr, _ = (summary.remarks for summary in summaries)
    assert popularity == "1 of 1 trials failed: loss is nan"
    assert bpr == "1 of 3 trials failed: loss is nan"
    table = comparison_table(comparison, summaries)
    assert table.rows[0][1:5] == ("–",) * 4
    assert table.marks[2, 3] == "second"


def test_an_unfinished_method_is_marked_by_nothing(results):
    ((comparison, summaries),) = results(dies_at=7)
    assert [summary.seeds for summary in summaries] == [2, 1, 0]
    table = comparison_table(comparison, summaries)
    assert table.rows[1][-1] == table.rows[2][-1] == "not finished: give the same command again"
    assert set(table.marks) == {(0, 3)}


def test_a_trial_picked_before_all_are_run_is_not_shown(results):
    ((_, summaries),) = results(dies_at=5)
    assert summaries[1].trial is None


def test_markdown_marks_and_escapes(results):
    text = markdown(results())
    (row,) = [line for line in text.splitlines() if line.startswith("| BPR")]
    assert r"| BPR\|MF |" in row
    assert f"| **{OURS.mean() + 0.055:.2f}" in row
    assert "| <u>" in next(line for line in text.splitlines() if line.startswith("| A2BM2GL"))
    widths = {line.replace(r"\|", "").count("|") for line in text.splitlines() if "BPR" in line}
    assert len(widths) == 1


def test_page_is_whole_and_alone(results):
    text = page(results())
    assert text.startswith("<!DOCTYPE html>")
    assert '<td class="number best">' in text
    assert '<td class="number second">' in text
    assert "http" not in text
    assert "<script" not in text
    assert "another protocol, not comparable" in text


def test_published_figures_stand_beside_ours(results):
    ((comparison, summaries),) = results()
    (paper,) = published_tables([(comparison, summaries)])
    rows = {row[0]: dict(zip(paper.header, row, strict=True)) for row in paper.rows}
    assert len(rows) == 13
    assert rows["HGCL"]["Kwai R@10"] == "0.0253"
    assert rows["A2BM2GL"]["MovieLens AUC"] == "0.7834"
    assert rows["FM"]["TikTok NDCG@10"] == "0.2721"
    assert rows["A2BM2GL"]["ours, tiny: NDCG@10"] == f"{OURS.mean() + 0.005:.4f}"
    assert rows["FM"]["ours, tiny: NDCG@10"] == "–"
    assert "another protocol, not comparable" in paper.title
    ours = [name for name in paper.header if name.startswith("ours")]
    assert ours == [f"ours, tiny: {metric}" for metric in ("P@10", "R@10", "NDCG@10", "AUC")]


def test_figures_on_data_of_their_own_stand_beside_results_on_these_data_alone(results):
    ((comparison, summaries),) = results()
    data = dataclasses.replace(comparison.data, name="tiktok")
    found = [(comparison, summaries), (dataclasses.replace(comparison, data=data), summaries)]
    paper, diffmm = published_tables(found)
    assert "ours, tiny: NDCG@10" in paper.header
    assert "ours, tiktok: NDCG@10" in paper.header
    assert diffmm.header[-2:] == ("ours, tiktok: R@20", "ours, tiktok: NDCG@20")
    assert "the same split" in diffmm.title
    rows = {row[0]: dict(zip(diffmm.header, row, strict=True)) for row in diffmm.rows}
    assert rows["DiffMM"]["TikTok R@20"] == "0.1129"


def test_last_bits_of_a_picked_setting_are_not_shown():
    picked = {"l2": 3 * 0.1, "own.main": 1e-6, "batch_users": 256, "loss": "bpr", "dropout": 3.0}
    shown = "l2=0.3, own.main=1e-06, batch_users=256, loss=bpr, dropout=3.0"
    assert picked_text(picked, "-") == shown
    assert picked_text({}, "defaults") == "defaults"
