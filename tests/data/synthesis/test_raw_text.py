import json

import numpy as np
import pyarrow as pa

from a2bm2gl_tf.data.synthesis.raw_text import (
    joined,
    joined_lists,
    numbers,
    vectors,
    write_lines,
    write_table,
)


def test_table_by_hand_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("a2bm2gl_tf.data.synthesis.raw_text._TABLE_ROWS", 2)
    columns = [np.array([3, -1, 20, 0, 7]), np.array([10**12, 1, 2, 3, 4])]
    write_table(tmp_path / "t", 5, lambda rows: [column[rows] for column in columns])
    assert (tmp_path / "t").read_bytes() == b"3\t1000000000000\n-1\t1\n20\t2\n0\t3\n7\t4\n"


def test_lines_that_are_slices_of_a_longer_column(tmp_path):
    texts = pa.array(["a", "bc", "", "déf", "g"])
    write_lines(tmp_path / "t", 5, lambda rows: texts[rows.start : rows.stop], 3)
    assert (tmp_path / "t").read_bytes() == "a\nbc\n\ndéf\ng\n".encode()


def test_lists_by_hand():
    values = numbers(np.array([5, 6, 7, 8]))
    assert joined_lists(values, np.array([0, 2, 2, 4]), ",").to_pylist() == ["5,6", "", "7,8"]
    assert joined_lists(values, np.array([1, 2, 4]), "+").to_pylist() == ["6", "7+8"]
    assert joined(["<", pa.array(["a", "b"]), ">"]).to_pylist() == ["<a>", "<b>"]


def test_numbers_round_and_stay_json():
    values = np.array([[0.12345, -0.00001], [1e-4, 1234.5], [-2.0, 0.0]])
    texts = vectors(values, 4).to_pylist()
    assert texts[0] == "[0.1234, 0]"
    assert [json.loads(text) for text in texts] == [[0.1234, 0], [0.0001, 1234.5], [-2, 0]]
