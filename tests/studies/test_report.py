"""Contrasts, tables and pictures of studies whose results are made up."""

import csv
import io

import numpy as np
import pytest
import scipy.stats
from PIL import Image

from a2bm2gl_tf.comparison.significance import stars
from a2bm2gl_tf.comparison.summary import summarise
from a2bm2gl_tf.reports.figures import as_png
from a2bm2gl_tf.studies.curves import curves_of, draw_curves
from a2bm2gl_tf.studies.dots import draw_variants
from a2bm2gl_tf.studies.registry import STUDIES
from a2bm2gl_tf.studies.report import report, results_of

FULL = np.random.default_rng(1).random(40)
NOISE = np.random.default_rng(2).standard_normal((3, 40))
OTHERS = {
    "an": FULL - 0.03 + 0.05 * NOISE[0],
    "al": FULL - 0.02 + 0.05 * NOISE[1],
    "str": FULL + 0.01 + 0.05 * NOISE[2],
}


def _ablated(cell):
    model = cell.settings.model_config
    if not model.anti_bottleneck:
        return OTHERS["an"]
    if not model.semantic:
        return OTHERS["str"]
    return OTHERS["al"] if cell.settings.loss.name == "bpr" else FULL


@pytest.fixture
def ablated(planned, run_stub):
    store, ran = run_stub(planned("ablation"), _ablated)
    assert len(ran) == 4 * 3
    return results_of(store)


def test_every_variant_is_contrasted_with_the_full_model_after_holm(ablated):
    ((comparison, summaries),) = ablated
    contrasts = {s.entrant.name: s.contrast for s in summaries}
    assert comparison.reference == "full"
    assert contrasts.pop("full") is None
    p_values = {n: scipy.stats.ttest_rel(v, FULL).pvalue for n, v in OTHERS.items()}
    least, middle, most = sorted(p_values, key=p_values.get)
    expected = {least: 3 * p_values[least]}
    expected[middle] = max(expected[least], 2 * p_values[middle])
    expected[most] = max(expected[middle], p_values[most])
    for name, contrast in contrasts.items():
        assert contrast.difference == pytest.approx((OTHERS[name] - FULL).mean())
        assert contrast.p_value == pytest.approx(p_values[name])
        assert contrast.corrected == pytest.approx(min(1.0, expected[name]))


def test_the_table_speaks_of_variants_and_of_no_tuning(ablated):
    files = report(STUDIES["ablation"], ablated)
    assert set(files) == {"table.md", "table.csv", "table.html", "variants.png"}
    text = files["table.md"]
    assert "| variant |" in text
    assert "NDCG@10 against full model" in text
    assert "none was tuned for itself" in text
    assert "draws from its grid" not in text
    assert "for 3 variants" in text
    assert "Printed in the paper" not in text
    rows = {row["variant"]: row for row in csv.DictReader(io.StringIO(files["table.csv"]))}
    assert rows["al"]["picked"] == '{"loss": "bpr"}'
    assert float(rows["al"]["difference_from_full"]) == pytest.approx((OTHERS["al"] - FULL).mean())
    assert float(rows["al"]["ndcg@10"]) == pytest.approx(OTHERS["al"].mean() + 0.005)


def test_the_base_is_named_where_it_is_not_the_default(planned, run_stub):
    store, _ = run_stub(planned("losses", l2=5.0, dimension=32), lambda cell: FULL)
    text = report(STUDIES["losses"], results_of(store))["table.md"]
    assert "default: model\\_config.dimension=32, loss.l2=5.0." in text


def test_another_base_takes_the_table_over_whole(planned, run_stub):
    first = planned("sensitivity", values={"margin": (2.0, 4.0)})
    second = planned("sensitivity", values={"margin": (1.0, 4.0)}, margin=2.0)
    run_stub(first, lambda cell: FULL)
    store, ran = run_stub(second, lambda cell: FULL)
    # All three are fits of the first one, two of them by other names, and are not run again.
    assert ran == []
    ((comparison, _),) = results_of(store)
    assert [e.name for e in comparison.entrants] == ["recipe", "margin_1", "margin_4"]


def _by_dimension(cell):
    return FULL + 0.001 * cell.settings.model_config.dimension - 0.01 * cell.settings.loss.margin


@pytest.fixture
def sensitive(planned, run_stub):
    values = {"dimension": (16, 128), "margin": (0.5,), "hops": ()}
    comparison = planned("sensitivity", values=values)
    store, _ = run_stub(comparison, _by_dimension)
    return comparison, summarise(comparison, store), store


def test_a_curve_has_the_recipe_and_its_own_variants(sensitive):
    comparison, summaries, _ = sensitive
    dimension, hops, margin = STUDIES["sensitivity"].parameters
    ndcg, auc = curves_of(dimension, comparison, summaries)
    assert (ndcg.metric, auc.metric) == ("ndcg@10", "auc")
    assert [value for value, _ in ndcg.points] == [16, 64, 128]
    for value, spread in ndcg.points:
        seed_0 = FULL.mean() + 0.001 * value - 0.01
        assert spread.values == pytest.approx((seed_0, seed_0 + 0.01))
        assert spread.mean == pytest.approx(seed_0 + 0.005)
    assert [value for value, _ in curves_of(margin, comparison, summaries)[0].points] == [0.5, 1]
    assert curves_of(hops, comparison, summaries) == []


def test_a_picture_shows_every_seed_beside_the_mean(sensitive):
    comparison, summaries, _ = sensitive
    dimension = STUDIES["sensitivity"].parameters[0]
    curves = curves_of(dimension, comparison, summaries)
    figure = draw_curves(dimension, curves, comparison)
    assert figure.get_suptitle().startswith("NDCG@10 and AUC against d\ntest, by hand")
    ndcg, auc = figure.axes
    assert ndcg.get_ylabel() == "NDCG@10, from 0 to 1"
    assert auc.get_ylabel() == "AUC, from 0 to 1"
    assert auc.get_xlabel() == "embedding dimension d, components of a vector"
    (points,) = ndcg.collections
    drawn = [(value, one) for value, spread in curves[0].points for one in spread.values]
    np.testing.assert_allclose(points.get_offsets(), drawn)
    lines = {line.get_label(): line.get_xdata() for line in ndcg.lines}
    assert list(lines["mean over seeds"]) == [16, 64, 128]
    assert set(lines["recipe's d"]) == {64}
    with Image.open(io.BytesIO(as_png(figure))) as image:
        assert image.size == (960, 1005)


def test_a_curve_has_variants_whose_l2_weight_was_picked(planned, run_stub):
    values = {"dimension": (16, 128), "margin": (), "hops": ()}
    comparison = planned("sensitivity", values=values, l2=3.0, l2_scales=(0.3, 1.0))
    # d = 128 wants the smaller of both weights.
    store, _ = run_stub(
        comparison,
        _by_dimension,
        lambda cell: (
            0.1 * (cell.settings.loss.l2 > 1) * (64.5 - cell.settings.model_config.dimension)
        ),
    )
    dimension = STUDIES["sensitivity"].parameters[0]
    summaries = summarise(comparison, store)
    assert [s.picked.get("l2", 3.0) for s in summaries] == pytest.approx([3.0, 3.0, 0.9])
    curves = curves_of(dimension, comparison, summaries)
    assert [value for value, _ in curves[0].points] == [16, 64, 128]
    title = draw_curves(dimension, curves, comparison).get_suptitle()
    assert "with the L2 weight that validates best of 0.9, 3" in title.replace("\n", " ")


def test_a_picture_of_variants_shows_every_seed_and_how_sure_a_difference_is(ablated):
    ((comparison, summaries),) = ablated
    figure = draw_variants(comparison, summaries)
    ndcg, auc = figure.axes
    assert (ndcg.get_xlabel(), auc.get_xlabel()) == ("NDCG@10, from 0 to 1", "AUC, from 0 to 1")
    titles = [label.get_text() for label in ndcg.get_yticklabels()]
    assert [title.rstrip("* ") for title in titles] == [s.entrant.title for s in summaries]
    for title, summary in zip(titles, summaries, strict=True):
        mark = stars(summary.contrast.corrected) if summary.contrast else ""
        assert title.endswith(mark)
        assert title.count("*") == len(mark)
    assert any("*" in title for title in titles)
    (points,) = ndcg.collections
    drawn = [(one, r) for r, s in enumerate(summaries) for one in s.metrics["ndcg@10"].values]
    np.testing.assert_allclose(points.get_offsets(), drawn)
    reference, means = ndcg.lines
    assert set(reference.get_xdata()) == {summaries[0].metrics["ndcg@10"].mean}
    np.testing.assert_allclose(means.get_xdata(), [s.metrics["ndcg@10"].mean for s in summaries])


def test_no_picture_of_a_single_variant(ablated):
    ((comparison, summaries),) = ablated
    assert draw_variants(comparison, summaries[:1]) is None


def test_pictures_are_files_and_on_the_page(sensitive):
    _, _, store = sensitive
    files = report(STUDIES["sensitivity"], results_of(store))
    assert set(files) == {"table.md", "table.csv", "table.html", "dimension.png", "margin.png"}
    assert files["table.html"].count("data:image/png;base64,") == 2
    assert "](dimension.png)" in files["table.md"]


def test_pictures_of_several_datasets_are_told_apart(planned, run_stub):
    values = {"margin": (2.0,)}
    for fingerprint, name in (("aaaa", "one/x"), ("bbbb", "two"), ("cccc", "two")):
        comparison = planned("sensitivity", fingerprint=fingerprint, data=name, values=values)
        store, _ = run_stub(comparison, lambda cell: FULL)
    files = report(STUDIES["sensitivity"], results_of(store))
    pictures = {name for name in files if name.endswith(".png")}
    assert pictures == {"one_x_margin.png", "two_bbbb_margin.png", "two_cccc_margin.png"}


def test_no_picture_leads_out_of_the_directory(planned, run_stub):
    values = {"margin": (2.0,)}
    for fingerprint in ("/../../x", "\0\\.."):
        comparison = planned("sensitivity", fingerprint=fingerprint, data="../two", values=values)
        store, _ = run_stub(comparison, lambda cell: FULL)
    files = report(STUDIES["sensitivity"], results_of(store))
    pictures = {name for name in files if name.endswith(".png")}
    assert pictures == {".._two__.._.._x_margin.png", ".._two___.._margin.png"}


def test_a_variant_is_tested_with_the_l2_weight_that_validates_best_for_it(planned, run_stub):
    def validated(cell):
        # BPR wants the smaller weight, the adaptive loss the larger one.
        small = cell.settings.loss.l2 < 1
        return 0.2 if small == (cell.settings.loss.name == "bpr") else 0.1

    comparison = planned("losses", l2=3.0, l2_scales=(1.0, 0.1))
    store, ran = run_stub(
        comparison, lambda cell: FULL + cell.settings.loss.l2 * NOISE[0], validated
    )
    assert len(ran) == 5 * (2 + 2)
    ((_, summaries),) = results = results_of(store)
    picked = {s.entrant.name: s.picked.get("l2", 3.0) for s in summaries}
    assert picked == {n: pytest.approx(0.3) if n == "bpr" else 3.0 for n in picked}
    text = report(STUDIES["losses"], results)["table.md"]
    assert "each was tuned in its L2 weight alone, of 3, 0.3 the one" in text
    assert "none was tuned" not in text
