import numpy as np
import pytest

from a2bm2gl_tf.data.features.row_buffer import RowBuffer


@pytest.mark.parametrize("length", [1, 1024, 1025, 4000])
def test_rows_stay_as_they_came_while_it_grows(length):
    buffer = RowBuffer()
    assert buffer.width is None
    for row in range(length):
        buffer.append(np.array([row, -row, 0.5]))
    assert buffer.width == 3
    rows = buffer.finish()
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows[:, 0], np.arange(length))
    np.testing.assert_array_equal(rows[:, 1], -np.arange(length))
    assert (rows[:, 2] == 0.5).all()


def test_widths_must_agree():
    buffer = RowBuffer()
    assert buffer.finish().shape == (0, 0)
    buffer.append(np.ones(2))
    with pytest.raises(ValueError, match="a row of 3 numbers where 2 are due"):
        buffer.append(np.ones(3))
