"""The variants are what the paper's section 4.5 says of them."""

import pytest

from a2bm2gl_tf.methods.registry import METHODS
from a2bm2gl_tf.methods.settings import with_settings
from a2bm2gl_tf.studies.registry import STUDIES


def _changes(name, base):
    return {v.name: dict(v.values) for v in STUDIES[name].variants(base) if not v.left_out}


def test_table_3(make_base):
    assert _changes("ablation", make_base("ablation")) == {
        "full": {"anti_bottleneck": True, "loss": "adaptive", "semantic": True},
        "an": {"anti_bottleneck": False},
        "al": {"loss": "bpr"},
        "str": {"semantic": False},
    }


def test_table_3_keeps_the_structural_term(planned):
    comparison = planned("ablation")
    weights = [
        comparison.final_cells(entrant, 0)[0].settings.loss.structural_weight
        for entrant in comparison.entrants
    ]
    assert weights == [0.6] * 4


def test_table_4(make_base):
    changes = _changes("losses", make_base("losses"))
    assert list(changes) == ["adaptive", "wr", "wr_linear", "bpr", "infobpr"]
    assert all(values == {"loss": name} for name, values in changes.items())


def test_figure_4_one_at_a_time_around_the_base(make_base):
    values = {"dimension": (32, 64), "hops": (3, 5), "margin": (1.0, 0.5)}
    base = make_base("sensitivity", values=values, dimension=32, hops=4, neighbourhood="top_m")
    variants = STUDIES["sensitivity"].variants(base)
    assert {v.name: dict(v.values) for v in variants} == {
        "recipe": {},
        "dimension_64": {"dimension": 64},
        "hops_3": {"hops": 3},
        "hops_5": {"hops": 5},
        "margin_0.5": {"margin": 0.5},
    }
    assert variants[0].title == "recipe (d = 32, k = 4, m = 1)"


def test_figure_4_has_the_paper_s_ranges():
    values = {p.name: p.values for p in STUDIES["sensitivity"].parameters}
    assert values["dimension"] == (100, 150, 200, 250, 300, 350)
    assert values["hops"] == (3, 4, 5, 6, 7, 8, 9)


@pytest.mark.parametrize(
    ("settings", "idle"),
    [
        ({"neighbourhood": "top_m"}, set()),
        ({"neighbourhood": "reachable"}, set()),
        ({}, {"hops"}),
        ({"anti_bottleneck": False}, {"hops"}),
        ({"neighbourhood": "top_m", "loss": "wr_linear"}, {"margin"}),
        ({"neighbourhood": "top_m", "margin_weight": 0.0}, {"margin"}),
    ],
)
def test_a_parameter_without_effect_is_left_out(make_base, settings, idle):
    values = {"dimension": (8,), "hops": (5, 7), "margin": (2.0, 3.0)}
    variants = STUDIES["sensitivity"].variants(make_base("sensitivity", values=values, **settings))
    assert {v.name for v in variants if v.left_out} == idle
    # An idle one is one row; of the others every value is.
    assert len(variants) == 6 - len(idle)


def test_each_parameter_reads_what_its_flag_sets():
    settings = METHODS["a2bm2gl"].fit_settings()
    for parameter in STUDIES["sensitivity"].parameters:
        assert parameter.of(with_settings(settings, {parameter.name: 7})) == 7
