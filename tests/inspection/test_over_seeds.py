import pytest
import scipy.stats

from a2bm2gl_tf.inspection.over_seeds import groups_of, text_of_groups


def _run(model, seed, ndcg, data=None, **settings):
    return {
        "model": model,
        "seed": seed,
        "dataset": {"name": "tiny", "fingerprint": data or f"split {seed}"},
        "settings": {"training.seed": seed, "seed": seed, "loss.l2": 1.0, **settings},
        "test": None if ndcg is None else {"ndcg@10": ndcg, "auc": 0.5 + ndcg},
    }


OURS = [_run("a2bm2gl", seed, ndcg) for seed, ndcg in enumerate((0.30, 0.34, 0.35))]
EASE = [_run("ease", seed, ndcg) for seed, ndcg in enumerate((0.28, 0.33, 0.32))]


def test_runs_that_differ_in_the_seed_alone_are_one_group():
    other_l2 = [_run("a2bm2gl", seed, 0.2, **{"loss.l2": 3.0}) for seed in (0, 1)]
    alone, unfinished = _run("fm", 0, 0.1), _run("ease", 3, None)
    groups = groups_of([*OURS, *EASE, *other_l2, alone, unfinished, _run("ease", 0, 0.9)])
    assert [group.name for group in groups] == ["a2bm2gl (1)", "ease", "a2bm2gl (3)"]
    assert [list(group.by_seed) for group in groups] == [[0, 1, 2], [0, 1, 2], [0, 1]]
    # Of two runs of a seed the first.
    assert groups[1].by_seed[0]["test"]["ndcg@10"] == 0.28


def test_means_deviations_and_a_paired_test():
    ours, ease, ndcg, auc = text_of_groups(groups_of([*OURS, *EASE])).splitlines()
    assert ours == "a2bm2gl, seeds 0, 1, 2: ndcg@10 0.3300 ± 0.0265, auc 0.8300 ± 0.0265"
    assert ease == "ease, seeds 0, 1, 2: ndcg@10 0.3100 ± 0.0265, auc 0.8100 ± 0.0265"
    p_value = scipy.stats.ttest_rel([0.30, 0.34, 0.35], [0.28, 0.33, 0.32]).pvalue
    # Both differences are the same, and Holm's correction doubles the smaller p-value.
    for line, metric in ((ndcg, "ndcg@10"), (auc, "auc")):
        assert line.startswith(f"a2bm2gl less ease, {metric}: +0.0200, p = {2 * p_value:.2g} ")
        assert "over 3 seeds, Holm's correction for 2" in line


@pytest.mark.parametrize("data", ["another", None])
def test_seeds_with_other_data_are_not_paired(data):
    others = [_run("ease", seed, 0.3, data) for seed in range(3)]
    for run in others:
        run["dataset"]["fingerprint"] = data
    text = text_of_groups(groups_of([*OURS, *others]))
    assert len(text.splitlines()) == 2
    if data is None:
        for run in OURS:
            assert run["dataset"]["fingerprint"] is not None


def test_runs_of_unknown_data_are_not_paired():
    unknown = [{**run, "dataset": {"name": "tiny"}} for run in (*OURS, *EASE)]
    assert len(text_of_groups(groups_of(unknown)).splitlines()) == 2


def test_without_several_seeds_nothing_is_said():
    assert text_of_groups(groups_of([OURS[0], EASE[1]])) == ""
