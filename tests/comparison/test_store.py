import json

import pytest

from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.errors import UserError


def _record(key, **values):
    return {
        "kind": "trial",
        "key": key,
        "status": "done",
        "settings": {"training": {"monitor": "ndcg@10"}},
        "validation": {"ndcg@10": 0.5, "auc": None},
        "seconds": 2.5,
        "seconds_per_epoch": None,
        "best_step": 5,
        "stopped": "patience",
        "peak_memory_bytes": 2**20,
        **values,
    }


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


_METRICS = {"ndcg@10": 0.25, "auc": None}


def _without(name):
    return {
        key: value
        for key, value in _record("b", kind="final", test=_METRICS).items()
        if key != name
    }


@pytest.mark.parametrize(
    "record",
    [
        *map(_without, ("kind", "key", "status", "settings", "validation", "seconds", "test")),
        *map(_without, ("seconds_per_epoch", "best_step", "stopped", "peak_memory_bytes")),
        _record("../../b"),
        _record("/b"),
        _record(["b"]),
        _record("b", kind="trials"),
        _record("b", status="begun"),
        _record("b", status="failed"),
        _record("b", status="failed", reason=7),
        _record("b", source=["aa"]),
        _record("b", seconds="2.5"),
        _record("b", seconds=float("nan")),
        _record("b", best_step=None),
        _record("b", validation={"ndcg@10": "0.5"}),
        _record("b", validation={"ndcg@10": None}),
        _record("b", validation={"recall@10": 0.5}),
        _record("b", settings={"training": {}}),
        _record("b", kind="final", test=[0.5]),
        _record("b", kind="final", test={"ndcg@10": [0.5]}),
        _record("b", test=_METRICS),
        [],
        7,
    ],
)
def test_a_record_that_is_not_as_it_should_be_is_named(tmp_path, record):
    path = _filled(tmp_path)
    with path.open("a") as file:
        file.write(json.dumps(record) + "\n")
    with pytest.raises(UserError, match=r"results\.jsonl, line 4: not a result of this version"):
        ResultStore(tmp_path)


@pytest.mark.parametrize(
    "record",
    [
        _record("b", kind="final", test=_METRICS),
        _record("b", kind="final", test=_METRICS, source="aa+bb", other=[1]),
        {"kind": "final", "key": "b", "status": "failed", "reason": "loss is nan"},
    ],
)
def test_records_as_they_are_written_are_read(tmp_path, record):
    with ResultStore(tmp_path) as store:
        store.append(record)
    assert ResultStore(tmp_path).cells == {"b": record}


@pytest.mark.parametrize(
    "change",
    [
        lambda noted: noted.update(reference=["a2bm2gl"]),
        lambda noted: noted.update(other=1),
        lambda noted: noted["rules"].update(seeds=[]),
        lambda noted: noted["rules"]["evaluation"].update(top_k=[]),
        lambda noted: noted["entrants"][1]["trials"].append({"no_such": 1}),
    ],
)
def test_a_comparison_that_is_not_as_it_should_be_is_named(tmp_path, make_comparison, change):
    with ResultStore(tmp_path) as store:
        store.begin(make_comparison())
    path = tmp_path / "results.jsonl"
    header, line = path.read_text().splitlines()
    record = json.loads(line)
    change(record["comparison"])
    path.write_text(f"{header}\n{json.dumps(record)}\n")
    with pytest.raises(UserError, match=r"results\.jsonl, line 2: not a result of this version"):
        ResultStore(tmp_path)
