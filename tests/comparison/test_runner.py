import dataclasses

import pytest

from a2bm2gl_tf.comparison.runner import run_missing
from a2bm2gl_tf.comparison.selection import pick_trial
from a2bm2gl_tf.comparison.store import ResultStore

TRIALS = {("bpr_mf", 0): 0.2, ("bpr_mf", 1): 0.5, ("bpr_mf", 2): 0.5}
ALL = [
    ("popularity", "trial", 0, 0),
    ("popularity", "final", 0, 0),
    ("popularity", "final", 0, 1),
    *(("bpr_mf", "trial", trial, 0) for trial in range(3)),
    ("bpr_mf", "final", 1, 0),
    ("bpr_mf", "final", 1, 1),
    # One of its two widths is the default: two trials are the whole grid.
    ("a2bm2gl", "trial", 0, 0),
    ("a2bm2gl", "trial", 1, 0),
    ("a2bm2gl", "final", 0, 0),
    ("a2bm2gl", "final", 0, 1),
]


def _run(directory, comparison, stub_worker, validation=TRIALS, tested=None, **options):
    dies_at = options.pop("dies_at", None)
    with ResultStore(directory) as store:
        worker = stub_worker(store, validation, tested, dies_at)
        try:
            run_missing(comparison, store, lambda name: worker, **options)
        except KeyboardInterrupt:
            assert dies_at is not None
    return worker


def test_trials_then_the_best_one_with_every_seed(tmp_path, make_comparison, stub_worker):
    worker = _run(tmp_path, make_comparison(), stub_worker)
    assert worker.ran == ALL
    assert worker.stopped == 3


@pytest.mark.parametrize("done", range(len(ALL)))
def test_interrupted_anywhere_it_runs_the_rest_and_nothing_twice(
    tmp_path, make_comparison, stub_worker, done
):
    first = _run(tmp_path, make_comparison(), stub_worker, dies_at=done)
    assert first.ran == ALL[:done]
    assert _run(tmp_path, make_comparison(), stub_worker).ran == ALL[done:]
    assert _run(tmp_path, make_comparison(), stub_worker).ran == []


def test_more_seeds_and_trials_add_cells(tmp_path, make_comparison, stub_worker):
    _run(tmp_path, make_comparison(trials=2, seeds=(0,)), stub_worker)
    more = _run(tmp_path, make_comparison(seeds=(0, 5)), stub_worker).ran
    assert more == [
        ("popularity", "final", 0, 5),
        ("bpr_mf", "trial", 2, 0),
        ("bpr_mf", "final", 1, 5),
        ("a2bm2gl", "final", 0, 5),
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"epochs": 3}, ALL),
        # The trials are the same; only what is tested is another thing.
        ({"refit": True}, [entry for entry in ALL if entry[1] == "final"]),
    ],
)
def test_other_rules_are_other_cells(tmp_path, make_comparison, stub_worker, changed, expected):
    _run(tmp_path, make_comparison(), stub_worker)
    assert _run(tmp_path, make_comparison(**changed), stub_worker).ran == expected


@pytest.mark.parametrize("tested", [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
def test_the_test_has_no_say(tmp_path, make_comparison, stub_worker, tested):
    worker = _run(tmp_path, make_comparison(), stub_worker, tested={"bpr_mf": tested})
    assert worker.ran == ALL
    records = ResultStore(tmp_path).cells.values()
    assert all(("test" in record) == (record["kind"] == "final") for record in records)


def test_failed_trials_are_passed_over_and_kept(tmp_path, make_comparison, stub_worker):
    failing = {**TRIALS, ("bpr_mf", 1): None, ("a2bm2gl", 0): None, ("a2bm2gl", 1): None}
    worker = _run(tmp_path, make_comparison(), stub_worker, failing)
    assert ("bpr_mf", "final", 2, 0) in worker.ran
    assert not [entry for entry in worker.ran if entry[:2] == ("a2bm2gl", "final")]
    assert _run(tmp_path, make_comparison(), stub_worker, failing).ran == []
    retried = _run(tmp_path, make_comparison(), stub_worker, retry_failed=True).ran
    assert retried[:2] == [("bpr_mf", "trial", 1, 0), ("bpr_mf", "final", 1, 0)]
    assert ("a2bm2gl", "trial", 0, 0) in retried


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(b""),
    ],
)
def test_a_lost_or_damaged_file_of_users_is_made_again(
    tmp_path, make_comparison, stub_worker, spoil
):
    _run(tmp_path, make_comparison(), stub_worker)
    spoil(next((tmp_path / "per_user").iterdir()))
    assert len(_run(tmp_path, make_comparison(), stub_worker).ran) == 1
    assert _run(tmp_path, make_comparison(), stub_worker).ran == []


def test_only_the_best_trials_fit_is_kept_until_it_is_used(tmp_path, make_comparison, stub_worker):
    comparison = make_comparison()
    entrant = comparison.entrants[1]
    keys = [cell.fit_key for cell in comparison.trial_cells(entrant)]
    there = []

    class Worker(stub_worker):
        def run(self, cell):
            runs = tmp_path / "runs" / cell.method
            (runs / cell.fit_key).mkdir(parents=True, exist_ok=True)
            if cell.method == "bpr_mf":
                there.append({path.name for path in runs.iterdir()})
            return super().run(cell)

    with ResultStore(tmp_path) as store:
        run_missing(comparison, store, lambda name: Worker(store, TRIALS))
    # The final cell of the tuning's seed finds the fit of the trial, the next one none.
    assert there[:4] == [{keys[0]}, {keys[0], keys[1]}, {keys[1], keys[2]}, {keys[1]}]
    assert comparison.final_cells(entrant, 1)[0].fit_key == keys[1]
    assert len(there[4]) == 1
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.parametrize("succeed", [True, False])
def test_unfinished_fits_of_other_comparisons_stay(tmp_path, make_comparison, stub_worker, succeed):
    other = make_comparison(data=dataclasses.replace(make_comparison().data, fingerprint="other"))
    theirs = [
        tmp_path / "runs" / entrant.name / other.trial_cells(entrant)[0].fit_key
        for entrant in other.entrants
    ]
    for path in theirs:
        path.mkdir(parents=True)
    failing = {(entrant.name, t): None for entrant in other.entrants for t in range(3)}
    _run(tmp_path, make_comparison(), stub_worker, TRIALS if succeed else failing)
    assert sorted(path for path in (tmp_path / "runs").glob("*/*")) == sorted(theirs)


def test_equal_trials_are_settled_by_their_order():
    def done(value):
        return {"status": "done", "validation": {"ndcg@10": value}}

    assert pick_trial([done(0.1), done(0.3), done(0.3)], "ndcg@10") == 1
    assert pick_trial([done(-1.0), None, {"status": "failed"}], "ndcg@10") == 0
    assert pick_trial([{"status": "failed"}], "ndcg@10") is None
