import pytest

from a2bm2gl_tf.comparison.plan import Comparison
from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.studies.registry import STUDIES


def test_variants_are_of_one_method_and_differ_in_what_they_set_alone(planned):
    comparison = planned("ablation", l2=5.0)
    assert comparison.reference == "full"
    found = {e.name: comparison.final_cells(e, 0)[0] for e in comparison.entrants}
    assert {cell.method for cell in found.values()} == {"a2bm2gl"}
    assert {cell.settings.loss.l2 for cell in found.values()} == {5.0}
    assert {cell.settings.training.epochs for cell in found.values()} == {7}
    full, al = found["full"].settings.to_json(), found["al"].settings.to_json()
    assert (full["loss"].pop("name"), al["loss"].pop("name")) == ("adaptive", "bpr")
    assert full == al
    assert not found["str"].settings.model_config.semantic
    assert not found["an"].settings.model_config.anti_bottleneck
    assert len({cell.key for cell in found.values()}) == 4


def test_it_survives_json(planned):
    comparison = planned("losses")
    again = Comparison.from_json(comparison.to_json())
    assert again == Comparison.from_json(again.to_json())
    assert again.reference == "adaptive"
    assert again.final_cells(again.entrants[1], 0)[0].key == (
        comparison.final_cells(comparison.entrants[1], 0)[0].key
    )


def test_one_trial_with_the_first_seed_shares_its_fit(planned):
    comparison = planned("losses", seeds=(4, 2))
    entrant = comparison.entrants[1]
    (trial,), finals = comparison.trial_cells(entrant), comparison.final_cells(entrant, 0)
    assert [cell.seed for cell in finals] == [4, 2]
    assert finals[0].fit_key == trial.fit_key != finals[1].fit_key


def test_without_content_the_variant_without_it_is_left_out(planned):
    left_out = {e.name: e.left_out for e in planned("ablation", has_content=False).entrants}
    assert "no content" in left_out.pop("str")
    assert set(left_out.values()) == {""}


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("ablation", {"loss": "bpr"}, "--loss: ablate.py sets it itself and starts from adaptive"),
        ("ablation", {"semantic": False}, "--semantic: ablate.py"),
        ("ablation", {"anti_bottleneck": False}, "--anti_bottleneck: ablate.py"),
        ("losses", {"loss": "wr"}, "--loss: losses.py"),
        ("sensitivity", {}, "sensitivity.py: nothing is left to compare \\(no values\\)"),
        (
            "sensitivity",
            {"values": {"hops": (5,)}, "neighbourhood": "full"},
            "nothing is left to compare \\(other k: --neighbourhood=full",
        ),
    ],
)
def test_a_base_that_contradicts_the_study_is_refused(planned, name, settings, said):
    with pytest.raises(UserError, match=said):
        planned(name, **settings)


def test_each_variant_is_tried_with_each_l2_weight(planned):
    entrants = planned("losses", l2=3.0, l2_scales=(1.0, 0.1), seeds=(4,)).entrants
    assert [e.trials for e in entrants if e.name in ("adaptive", "bpr")] == [
        ({"loss": "adaptive"}, {"loss": "adaptive", "l2": pytest.approx(0.3)}),
        ({"loss": "bpr"}, {"loss": "bpr", "l2": pytest.approx(0.3)}),
    ]


def test_nothing_times_anything_is_refused(planned):
    with pytest.raises(UserError, match="--l2_scales: --l2=0 times"):
        planned("losses", l2=0.0, l2_scales=(1.0, 0.1))


def test_equal_settings_are_run_once(planned):
    entrants = planned("sensitivity", values={"margin": (2, 2.0, 3.0)}).entrants
    assert [e.left_out for e in entrants] == ["", "", "it has the settings of m = 2", ""]


def test_a_store_is_of_one_kind(tmp_path, planned):
    study = STUDIES["losses"]
    with ResultStore(tmp_path, study.name, study.program) as store:
        store.begin(planned("losses"))
    with pytest.raises(UserError, match=r"not the results of benchmark\.py"):
        ResultStore(tmp_path)
    with pytest.raises(UserError, match=r"not the results of ablate\.py"):
        ResultStore(tmp_path, "ablation", "ablate.py")
    assert ResultStore(tmp_path, study.name, study.program).comparisons[0].reference == "adaptive"
