"""Which methods are contrasted with the reference, and what rows say of their source."""

import csv
import io
import json

import numpy as np
import pytest

from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.comparison.summary import summarise
from a2bm2gl_tf.comparison.tables import comma_separated, comparison_table


def test_half_the_seeds_are_not_contrasted(results, methods):
    popularity, bpr, ours = methods
    # All but the last seed of the last method.
    ((comparison, summaries),) = results(dies_at=11, methods=(ours, popularity, bpr))
    assert [summary.seeds for summary in summaries] == [2, 2, 1]
    assert [summary.contrast is None for summary in summaries] == [True, False, True]
    # The only test there is needs no correction.
    assert summaries[1].contrast.corrected == summaries[1].contrast.p_value
    table = comparison_table(comparison, summaries)
    assert table.rows[2][table.header.index("NDCG@10 against A2BM2GL")] == "–"
    assert "for 1 method:" in table.note


def test_half_the_seeds_of_the_reference_contrast_nothing(results):
    ((comparison, summaries),) = results(dies_at=11)
    assert [summary.seeds for summary in summaries] == [2, 2, 1]
    assert not any(summary.contrast for summary in summaries)
    assert "Holm" not in comparison_table(comparison, summaries).note


def test_fits_that_the_last_epoch_ended_are_counted(results):
    ((_, summaries),) = results(cut_short=("bpr_mf",))
    assert [s.remarks for s in summaries] == ["", "2 of 2 seeds ended by the last epoch", ""]
    ((_, summaries),) = results(cut_short=("bpr_mf",), patience=0)
    assert not any(s.remarks for s in summaries)


def _path(directory, name):
    records = ResultStore(directory).cells.values()
    keys = [r["key"] for r in records if (r["method"], r["kind"]) == (name, "final")]
    return directory / "per_user" / f"{keys[1]}.npz"


def _cut(path):
    path.write_bytes(path.read_bytes()[:40])


def _of_others(path):
    np.savez(path, users=np.arange(49), **{"ndcg@10": np.zeros(49)})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "missing or damaged; give the command again"),
        (_cut, "missing or damaged; give the command again"),
        (_of_others, "of other users than the rest; remove it and give the command again"),
    ],
)
def test_a_lost_file_of_users_costs_one_contrast(results, tmp_path, make_comparison, spoil, said):
    ((_, before),) = results()
    path = _path(tmp_path, "bpr_mf")
    spoil(path)
    summaries = summarise(make_comparison(), ResultStore(tmp_path))
    assert [bool(summary.contrast) for summary in summaries] == [True, False, False]
    assert summaries[0].contrast.corrected == summaries[0].contrast.p_value
    remarks = [summary.remarks for summary in summaries]
    assert remarks == ["", f"no contrast: per_user/{path.name} is {said}, without --table_only", ""]
    assert summaries[1].metrics == before[1].metrics


def test_a_lost_file_of_the_reference_costs_all_contrasts(results, tmp_path, make_comparison):
    results()
    _path(tmp_path, "a2bm2gl").unlink()
    # Nothing is lost by this one then.
    _cut(_path(tmp_path, "popularity"))
    summaries = summarise(make_comparison(), ResultStore(tmp_path))
    assert not any(summary.contrast for summary in summaries)
    assert [bool(summary.remarks) for summary in summaries] == [False, False, True]


def _with_sources(results, tmp_path, sources):
    """The note and the CSV's rows where records have other sources, by (method, kind)."""
    ((comparison, _),) = results()
    path = tmp_path / "results.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    for record in records[1:]:
        record["source"] = sources.get((record["method"], record["kind"]), "aa")
        if record["source"] is None:
            del record["source"]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    summaries = summarise(comparison, ResultStore(tmp_path))
    text = comma_separated([(comparison, summaries)])
    rows = {row["method"]: row["source"] for row in csv.DictReader(io.StringIO(text))}
    return comparison_table(comparison, summaries).note, rows


def test_one_source_needs_no_word(results, tmp_path):
    note, rows = _with_sources(results, tmp_path, {})
    assert "source code" not in note
    assert set(rows.values()) == {"aa"}


@pytest.mark.parametrize(
    ("sources", "named", "in_csv"),
    [
        ({("bpr_mf", "trial"): "bb"}, "BPR|MF", "aa+bb"),
        ({("bpr_mf", "final"): "aa+bb"}, "BPR|MF", "aa+bb"),
        ({("bpr_mf", "trial"): "bb", ("bpr_mf", "final"): "bb"}, "BPR|MF", "bb"),
        ({("bpr_mf", "final"): None}, "BPR|MF", "aa+unrecorded"),
        (
            {(m, "trial"): "bb" for m in ("popularity", "bpr_mf", "a2bm2gl")},
            "Popularity, BPR|MF, A2BM2GL",
            "aa+bb",
        ),
    ],
)
def test_results_of_other_sources_are_named(results, tmp_path, sources, named, in_csv):
    note, rows = _with_sources(results, tmp_path, sources)
    assert f"those of {named} are, wholly or in part, of another state" in note
    assert "most common one, aa (" in note
    assert rows["bpr_mf"] == in_csv


def test_a_metric_that_one_seed_lacks_is_left_out(results, tmp_path):
    ((comparison, _),) = results()
    path = tmp_path / "results.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    del next(record for record in reversed(records) if "test" in record)["test"]["num_users"]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    summaries = summarise(comparison, ResultStore(tmp_path))
    assert [sorted(s.metrics) for s in summaries] == [
        ["ndcg@10", "num_users"],
        ["ndcg@10", "num_users"],
        ["ndcg@10"],
    ]
