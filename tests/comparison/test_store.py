import json

import pytest

from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.errors import UserError


def _record(key, **values):
    return {"kind": "trial", "key": key, "status": "done", **values}


def _filled(directory):
    with ResultStore(directory) as store:
        store.append(_record("a", value=1))
        store.append(_record("b", value=2))
    return directory / "results.jsonl"


def test_what_was_appended_is_there(tmp_path):
    _filled(tmp_path / "new")
    again = ResultStore(tmp_path / "new")
    assert {key: record["value"] for key, record in again.cells.items()} == {"a": 1, "b": 2}


@pytest.mark.parametrize("lost", [1, 2, 20])
def test_half_a_last_line_is_ignored_and_written_again(tmp_path, lost):
    path = _filled(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-lost])
    with ResultStore(tmp_path) as store:
        assert list(store.cells) == ["a"]
        store.append(_record("b", value=2))
    assert path.read_bytes() == whole


@pytest.mark.parametrize("left", [0, 1, 30])
def test_half_a_header_is_begun_again(tmp_path, left):
    path = _filled(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:left])
    _filled(tmp_path)
    assert path.read_bytes() == whole


def test_reading_changes_nothing(tmp_path):
    path = _filled(tmp_path)
    path.write_bytes(path.read_bytes()[:-3])
    before = path.read_bytes()
    ResultStore(tmp_path)
    assert path.read_bytes() == before
    ResultStore(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("content", ['{"epoch": 1}\n', "user,item\n1,2\n", "text", "[]\n", "\n"])
def test_results_of_another_kind_are_refused_and_kept(tmp_path, content):
    path = tmp_path / "results.jsonl"
    path.write_text(content)
    with pytest.raises(UserError, match="not the results of benchmark"):
        ResultStore(tmp_path)
    assert path.read_text() == content


def test_a_broken_line_in_the_middle_is_named(tmp_path):
    path = _filled(tmp_path)
    lines = path.read_text().splitlines()
    lines[1] = lines[1][:-4]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(UserError, match="line 2"):
        ResultStore(tmp_path)


def test_the_later_of_two_records_counts(tmp_path):
    _filled(tmp_path)
    with ResultStore(tmp_path) as store:
        store.append(_record("a", value=3))
    assert ResultStore(tmp_path).cells["a"]["value"] == 3


def test_only_one_may_write(tmp_path):
    with ResultStore(tmp_path) as store:
        store.claim()
        with pytest.raises(UserError, match="another command"):
            ResultStore(tmp_path).claim()
    ResultStore(tmp_path).claim()


def test_a_trial_with_test_metrics_is_refused(tmp_path):
    with ResultStore(tmp_path) as store, pytest.raises(ValueError, match="tested"):
        store.append(_record("a", test={"ndcg@10": 1.0}))


def test_a_comparison_is_noted_once_and_read_back_equal(tmp_path, make_comparison):
    comparison = make_comparison()
    with ResultStore(tmp_path) as store:
        store.begin(comparison)
        store.begin(comparison)
    with ResultStore(tmp_path) as store:
        store.begin(comparison)
        assert store.comparisons == [comparison]
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines[1:]] == ["comparison"]


def test_a_record_nested_without_end_is_named(tmp_path):
    path = _filled(tmp_path)
    with path.open("ab") as file:
        file.write(b'{"kind":' * 100_000 + b"\n")
    with pytest.raises(UserError, match=r"results\.jsonl, line 4: not a result of this version"):
        ResultStore(tmp_path)
