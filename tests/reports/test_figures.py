import io

import numpy as np
import pytest
from PIL import Image

from a2bm2gl_tf.data.description.content import ModalityCoverage
from a2bm2gl_tf.reports.figures import (
    as_png,
    draw_coverage,
    draw_degrees,
    draw_lorenz,
    draw_times,
)

USERS, ITEMS = np.array([3, 1, 5, 5]), np.array([0, 1, 1, 12])
MODALITIES = (
    ModalityCoverage("visual", 8, 90, 90.0, 0, 0, 1),
    ModalityCoverage("text", 8, 40, 40.0, 0, 10, 4),
)


def _curves(figure):
    """Label -> (x, y) of the lines of the only axes."""
    (axes,) = figure.axes
    return {line.get_label(): line.get_data() for line in axes.lines}


def test_degrees_are_the_ccdf_on_logarithmic_axes():
    figure = draw_degrees(USERS, ITEMS)
    (axes,) = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    values, shares = _curves(figure)["items"]
    assert values.tolist() == [1, 12]
    assert shares.tolist() == [0.75, 0.25]


def test_lorenz_names_the_gini_coefficient():
    curves = _curves(draw_lorenz(USERS, ITEMS))
    # Of 0, 1, 1, 12: (-3 * 0 - 1 + 1 + 3 * 12) / (4 * 14).
    assert set(curves) == {"equal shares", "users, Gini 0.250", "items, Gini 0.643"}
    np.testing.assert_allclose(curves["items, Gini 0.643"][1], [0, 0, 1 / 14, 2 / 14, 1])


def test_coverage_bars_are_shares_of_the_items():
    (axes,) = draw_coverage(MODALITIES, 100).axes
    widths = [bar.get_width() for bars in axes.containers for bar in bars]
    assert widths == pytest.approx([0.9, 0.3, 0, 0.1])
    assert [text.get_text() for text in axes.texts] == ["90 (90.0%)", "40 (40.0%)"]


@pytest.mark.parametrize(
    ("start", "label"), [(880_000_000, "date (UTC)"), (5, "time, in the unit of the data")]
)
def test_times_count_every_interaction(start, label):
    times = start + np.array([0, 0, 86_400 * 30, 86_400 * 60])
    (axes,) = draw_times(times, np.array([0, 0, 0, 2], np.uint8)).axes
    assert axes.get_xlabel() == label
    steps = {patch.get_label(): patch.get_data() for patch in axes.patches}
    assert set(steps) == {"train", "test"}
    assert steps["train"].values.sum() == 3
    assert (steps["train"].values[0], steps["test"].values[-1]) == (2, 1)
    assert axes.get_ylabel() == (
        "interactions in a bin of 1 d" if start > 5 else "interactions in 1/60 of the time"
    )


def test_times_of_one_moment_and_of_nanoseconds():
    parts = np.array([0, 2], np.uint8)
    for times in ([7, 7], [2**62, 2**62 + 10]):
        (axes,) = draw_times(np.array(times), parts).axes
        assert sum(patch.get_data().values.sum() for patch in axes.patches) == 2


@pytest.mark.parametrize(
    "figure",
    [
        draw_degrees(USERS, ITEMS),
        draw_lorenz(USERS, ITEMS),
        draw_coverage(MODALITIES, 100),
        draw_times(np.arange(50), np.zeros(50, np.uint8)),
    ],
)
def test_pictures_show_something_and_repeat(figure):
    data = as_png(figure)
    image = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), int)
    assert image.shape[1] == 960
    # Coloured ink inside the frame, not only black text on white.
    spread = image.max(axis=2) - image.min(axis=2)
    assert (spread > 60).mean() > 0.001
    # The border is free: nothing is cut off.
    assert (image[:2] == 255).all()
    assert (image[:, -2:] == 255).all()
    assert as_png(figure) == data
