import numpy as np
import pytest

from a2bm2gl_tf.data.reading.arrays import load_array
from a2bm2gl_tf.errors import UserError


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.float16).reshape(2, 3),
        np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3)),
        np.array([True, False]),
        np.zeros((0, 4), np.float32),
    ],
)
def test_reads_what_was_saved(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    read = load_array(tmp_path / "a.npy")
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


def test_result_does_not_depend_on_the_file(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(3.0))
    read = load_array(path)
    read[0] = 9
    assert not isinstance(read, np.memmap)
    assert np.load(path)[0] == 0


def test_every_truncation_is_reported(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(8.0))
    whole = path.read_bytes()
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"a\.npy: truncated or not a \.npy file"):
            load_array(path)


def test_damaged_headers_are_reported(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(8.0))
    whole = path.read_bytes()
    for damaged in (b"(-8,)", b"(8j,)", b"(((((", b"8,   ", b"(9e9,"):
        path.write_bytes(whole.replace(b"(8,)", damaged[:4]))
        with pytest.raises(UserError, match=r"a\.npy") as caught:
            load_array(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["<f8", "<U0", "|S0", "|V0"])
@pytest.mark.parametrize("shape", ["(-1,)", "(2, -1)", "(-4, 0)"])
def test_negative_sides_are_refused_before_numpy_divides_by_the_type(tmp_path, kind, shape):
    path = tmp_path / "a.npy"
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(16))
    with pytest.raises(UserError, match=r"a\.npy: its header claims shape"):
        load_array(path)


def test_objects_are_refused_and_not_unpickled(tmp_path):
    marker = tmp_path / "ran"

    class Touch:
        def __reduce__(self):
            return (open, (str(marker), "w"))

    path = tmp_path / "objects.npy"
    np.save(path, np.array([Touch()], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match=r"objects\.npy: holds Python objects"):
        load_array(path)
    assert not marker.exists()


def test_missing_empty_and_folder(tmp_path):
    with pytest.raises(UserError, match=r"none\.npy: no such file"):
        load_array(tmp_path / "none.npy")
    (tmp_path / "empty.npy").touch()
    with pytest.raises(UserError, match=r"empty\.npy: the file is empty"):
        load_array(tmp_path / "empty.npy")
    with pytest.raises(UserError, match="is a folder where a file is needed"):
        load_array(tmp_path)


def test_archives_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(3))
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    with pytest.raises(UserError, match=r"not a \.npy file"):
        load_array(tmp_path / "a.npy")
