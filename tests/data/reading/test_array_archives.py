import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.extra import numpy as arrays

from a2bm2gl_tf.data.reading.array_archives import load_array_archive


@pytest.fixture
def refused(complaint):
    def refused(path, *words):
        message = complaint(load_array_archive, path)
        for word in (f"{path.name}: ", *words):
            assert word in message, message

    return refused


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_reads_what_was_saved(tmp_path, save):
    saved = {
        "ids": np.array(["a", "bc"]),
        "features": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "mask": np.array([True, False]),
        "none": np.empty((0, 3), np.float16),
        "one": np.array(7),
    }
    save(tmp_path / "a.npz", **saved)
    read = load_array_archive(tmp_path / "a.npz")
    assert list(read) == list(saved)
    for name, values in saved.items():
        assert read[name].dtype == values.dtype
        np.testing.assert_array_equal(read[name], values)
    read["features"][0, 0] = 9


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=arrays.arrays(arrays.integer_dtypes() | arrays.floating_dtypes(), (3, 2)))
def test_numbers_come_back(tmp_path, values):
    np.savez(tmp_path / "a.npz", values=values)
    np.testing.assert_array_equal(load_array_archive(tmp_path / "a.npz")["values"], values)


def test_objects_are_refused_and_not_unpickled(tmp_path, attack, refused):
    np.savez(tmp_path / "a.npz", ids=np.array([attack], object))
    refused(tmp_path / "a.npz", "array ids holds Python objects")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, refused):
    # 100 MB of zeros deflate a thousandfold.
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(100_000_000, np.uint8))
    assert (tmp_path / "a.npz").stat().st_size < 200_000
    refused(tmp_path / "a.npz", "claims to hold 100000", "numpy.savez")


def test_a_header_that_claims_more_than_follows(tmp_path, refused):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.zeros(4))
    for shape, said in ((b"(5,)", "but 32 bytes follow"), (b"(8j,", ""), (b"(-4)", "")):
        with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
            archive.writestr("x.npy", file.getvalue().replace(b"(4,)", shape))
        refused(tmp_path / "a.npz", said)


@pytest.mark.parametrize("name", ["x.txt", "../x"])
def test_other_members(tmp_path, refused, name):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr(name, b"x")
    refused(tmp_path / "a.npz", "is no array or there twice")


def test_plain_arrays_are_no_archives(tmp_path, refused):
    np.save(tmp_path / "a.npy", np.ones(3))
    refused(tmp_path / "a.npy", "truncated or not a .npz file")


def test_truncations_and_damage_end_in_one_line(tmp_path, complaint, refused):
    np.savez_compressed(tmp_path / "a.npz", x=np.arange(50.0))
    whole = (tmp_path / "a.npz").read_bytes()
    for length in range(len(whole)):
        (tmp_path / "a.npz").write_bytes(whole[:length])
        refused(tmp_path / "a.npz")
    rng = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] = rng.integers(256)
        (tmp_path / "a.npz").write_bytes(damaged)
        complaint(load_array_archive, tmp_path / "a.npz")


def test_missing_and_folder(tmp_path, refused):
    refused(tmp_path / "a.npz", "no such file")
    (tmp_path / "a.npz").mkdir()
    refused(tmp_path / "a.npz", "is a folder")
