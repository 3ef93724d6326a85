import numpy as np
import pytest
from PIL import Image

from a2bm2gl_tf.data.features.encoders.colour_texture import LAYOUT
from a2bm2gl_tf.errors import UserError


def parts(row):
    ends = np.cumsum(list(LAYOUT.values()))
    assert ends[-1] == len(row)
    return dict(zip(LAYOUT, np.split(row, ends[:-1]), strict=True))


def save(folder, name, array):
    path = folder / name
    Image.fromarray(np.asarray(array, np.uint8)).save(path)
    return path


@pytest.fixture
def red(tmp_path):
    return save(tmp_path, "red.png", np.tile([255, 0, 0], (30, 50, 1)))


def test_a_plain_red_picture(images, encode_as, red):
    encoded = encode_as(images(red), "colour_texture")
    found = parts(encoded.rows[0])
    histogram = found["hsv_histogram"].reshape(8, 4, 4)
    assert histogram[0, 3, 3] == 1
    assert histogram.sum() == 1
    assert (found["rgb_mean_variance"].reshape(9, 6) == [1, 0, 0, 0, 0, 0]).all()
    assert not found["gradient_orientations"].any()
    # All neighbours as bright: the pattern 255, the last of the uniform ones.
    assert found["local_binary_patterns"][57] == 1
    assert encoded.rows.dtype == np.float32
    assert not encoded.learned


def test_stripes(images, encode_as, tmp_path):
    vertical = np.repeat(np.tile(np.repeat([0, 255], 8), 6)[None], 96, axis=0)
    paths = [save(tmp_path, "v.png", vertical), save(tmp_path, "h.png", vertical.T)]
    rows = encode_as(images(*paths), "colour_texture").rows
    across = parts(rows[0])["gradient_orientations"].reshape(9, 9)
    down = parts(rows[1])["gradient_orientations"].reshape(9, 9)
    assert across[:, 0].sum() > 0.99 * across.sum()
    assert down[:, [4, 5]].sum() > 0.99 * down.sum()
    np.testing.assert_allclose(parts(rows[0])["hsv_histogram"], parts(rows[1])["hsv_histogram"])


def test_batches_are_in_order(images, encode_as, tmp_path):
    greys = [save(tmp_path, f"{k}.png", np.full((8, 8, 3), k)) for k in range(0, 70)]
    rows = encode_as(images(*greys), "colour_texture").rows
    means = np.array([parts(row)["rgb_mean_variance"][0] for row in rows])
    np.testing.assert_allclose(means, np.arange(70) / 255, rtol=1e-6)


def test_a_broken_picture_is_an_error(images, encode_as, tmp_path, red):
    with pytest.raises(UserError, match=r"gone\.jpg: no such picture"):
        encode_as(images(red, tmp_path / "gone.jpg"), "colour_texture")


def test_or_is_skipped_and_counted(images, encode_as, tmp_path, red):
    (tmp_path / "bad.jpg").write_bytes(b"bad")
    content = images(tmp_path / "gone.jpg", red, tmp_path / "bad.jpg", red)
    encoded = encode_as(content, "colour_texture", skip_unreadable=True)
    assert encoded.present.tolist() == [False, True, False, True]
    assert not encoded.rows[[0, 2]].any()
    np.testing.assert_array_equal(encoded.rows[1], encoded.rows[3])
    assert encoded.parameters["unreadable"] == 2


def test_nothing_readable(images, encode_as, tmp_path):
    with pytest.raises(UserError, match=r"covers: --image_encoder=colour_texture finds nothing"):
        encode_as(images(tmp_path / "gone.jpg"), "colour_texture", skip_unreadable=True)
