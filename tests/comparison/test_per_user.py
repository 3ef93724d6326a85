import numpy as np
import pytest

from a2bm2gl_tf.comparison.per_user import read_per_user, write_per_user
from a2bm2gl_tf.evaluation.evaluate import EvaluationResult


@pytest.fixture
def written(tmp_path):
    per_user = {"ndcg@10": np.array([0.25, 1.0]), "auc": np.array([np.nan, 0.5])}
    result = EvaluationResult("whole_catalogue", np.array([3, 8]), per_user, {}, 0)
    write_per_user(tmp_path / "new" / "cell.npz", result)
    return tmp_path / "new" / "cell.npz"


def test_what_is_written_is_read(written):
    users, values = read_per_user(written, "ndcg@10")
    assert users.tolist() == [3, 8]
    assert values.tolist() == [0.25, 1.0]


def test_cut_off_anywhere_it_is_no_error(written):
    whole = written.read_bytes()
    for length in range(len(whole)):
        written.write_bytes(whole[:length])
        assert read_per_user(written, "ndcg@10") is None


def test_overwritten_anywhere_it_is_no_error(written):
    whole = written.read_bytes()
    intact = 0
    for place in range(len(whole)):
        written.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        found = read_per_user(written, "ndcg@10")
        # Of dates and the like nobody asks; of the values there is a checksum.
        if found is not None:
            intact += 1
            assert found[1].tolist() == [0.25, 1.0]
    assert intact < len(whole)


def test_what_is_no_such_file_is_no_error(written):
    assert read_per_user(written.parent, "ndcg@10") is None
    assert read_per_user(written.parent / "none.npz", "ndcg@10") is None
    assert read_per_user(written, "recall@10") is None
    with open(written, "wb") as file:
        np.save(file, np.arange(3))
    assert read_per_user(written, "ndcg@10") is None
    np.savez(written, users=np.arange(3), **{"ndcg@10": np.zeros(2)})
    assert read_per_user(written, "ndcg@10") is None


def test_a_bomb_is_as_good_as_missing(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, users=np.arange(3), **{"ndcg@10": np.zeros(20_000_000)})
    assert path.stat().st_size < 400_000
    assert read_per_user(path, "ndcg@10") is None
