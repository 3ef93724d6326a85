"""Tensors of .pt files, both containers, against files written opcode by opcode."""

import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a2bm2gl_tf.data.reading.torch_files import load_tensors

VALUES = np.array([[1.5, -2.0, 0.25], [4.0, 5.5, -6.0]], np.float32)


@pytest.fixture(params=["archive", "stream"])
def container(request, pt):
    return getattr(pt, request.param)


@pytest.fixture
def refused(complaint):
    def refused(path, *words):
        message = complaint(load_tensors, path)
        for word in (f"{path.name}: ", *words):
            assert word in message, message

    return refused


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1"])
def test_every_dtype(tmp_path, pt, container, dtype):
    values = (VALUES * 8).astype(dtype)
    path = container(tmp_path / "t.pt", pt.tensor(values), {"0": values})
    read = load_tensors(path)
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, values)


def test_bfloat16_is_the_upper_half_of_a_float32(tmp_path, pt, container):
    # 1.0 is 0x3F80 0000, -2.5 is 0xC020 0000, 3.140625 is 0x4049 0000.
    halves = np.array([0x3F80, 0xC020, 0x4049], np.uint16)
    opcodes = pt.tensor(halves, kind="BFloat16Storage")
    read = load_tensors(container(tmp_path / "t.pt", opcodes, {"0": halves}))
    assert read.dtype == np.float32
    assert read.tolist() == [1.0, -2.5, 3.140625]


def test_truth_values(tmp_path, pt, container):
    stored = np.array([0, 1, 2], np.uint8)
    opcodes = pt.tensor(stored, kind="BoolStorage")
    read = load_tensors(container(tmp_path / "t.pt", opcodes, {"0": stored}))
    assert read.dtype == bool
    assert read.tolist() == [False, True, True]


def test_byte_order_of_archives(tmp_path, pt):
    big = VALUES.astype(">f4")
    path = pt.archive(tmp_path / "t.pt", pt.tensor(VALUES), {"0": big}, order="big")
    np.testing.assert_array_equal(load_tensors(path), VALUES)
    assert load_tensors(path).dtype.isnative


@pytest.mark.parametrize(
    ("offset", "shape", "strides", "expected"),
    [
        (0, (3, 2), (1, 3), VALUES.T),
        (1, (2, 2), (3, 1), VALUES[:, 1:]),
        (5, (1,), (7,), [-6.0]),
        (2, (2,), (3,), [0.25, -6.0]),
        (0, (), (), 1.5),
        (3, (2, 0), (1, 1), np.empty((2, 0))),
        (6, (0, 3), (3, 1), np.empty((0, 3))),
        (0, (2, 2, 1), (3, 1, 1), VALUES[:, :2, None]),
    ],
)
def test_offsets_and_strides(tmp_path, pt, container, offset, shape, strides, expected):
    opcodes = pt.tensor(VALUES, offset=offset, shape=shape, strides=strides)
    read = load_tensors(container(tmp_path / "t.pt", opcodes, {"0": VALUES}))
    assert read.shape == shape
    np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"offset": 1}, "reaches beyond its storage"),
        ({"offset": 10**30}, "reaches beyond its storage"),
        ({"offset": -1}, "not a whole number of 0 or more"),
        ({"strides": (4, 1)}, "reaches beyond its storage"),
        ({"strides": (-3, 1)}, "not a whole number of 0 or more"),
        ({"strides": (3,)}, "do not fit"),
        ({"shape": (3, 3), "strides": (0, 1)}, "claims more numbers than are stored"),
        ({"shape": (10**9, 10**9), "strides": (0, 0)}, "claims more numbers than are stored"),
        ({"shape": (1,) * 40, "strides": (1,) * 40}, "do not fit"),
        ({"shape": (-2, 3)}, "not a whole number of 0 or more"),
        ({"numel": 5}, "another size than is said"),
        ({"numel": 7}, "another size than is said"),
        ({"numel": -1}, "t.pt"),
        ({"key": "9"}, "t.pt"),
    ],
)
def test_views_beyond_what_is_stored(tmp_path, pt, container, refused, arguments, said):
    opcodes = pt.tensor(VALUES, **arguments)
    refused(container(tmp_path / "t.pt", opcodes, {"0": VALUES}), said)


def test_a_dictionary_of_tensors_and_lists(tmp_path, pt, container):
    ids = np.array([7, 5], np.int64)
    opcodes = pt.dictionary(
        ids=pt.tensor(ids, key="a"),
        features=pt.tensor(VALUES, key="b"),
        names=b"](X\x01\x00\x00\x00xX\x01\x00\x00\x00ye",
        numbers=b"](K\x03K\x02e",
    )
    read = load_tensors(container(tmp_path / "t.pt", opcodes, {"a": ids, "b": VALUES}))
    assert list(read) == ["ids", "features", "names", "numbers"]
    assert read["ids"].tolist() == [7, 5]
    np.testing.assert_array_equal(read["features"], VALUES)
    assert read["names"].tolist() == ["x", "y"]
    assert read["numbers"].tolist() == [3, 2]


def test_many_tensors_of_one_storage_are_no_bomb(tmp_path, pt, container, refused):
    values = np.zeros(100_000, np.float32)
    tensors = {f"t{number}": pt.tensor(values) for number in range(50)}
    path = container(tmp_path / "t.pt", pt.dictionary(**tensors), {"0": values})
    refused(path, "together hold more than the file", "clone()")


def test_parameters_are_tensors(tmp_path, pt, container):
    opcodes = b"ctorch._utils\n_rebuild_parameter\n(" + pt.tensor(VALUES)
    opcodes += b"\x88ccollections\nOrderedDict\n)RtR"
    read = load_tensors(container(tmp_path / "t.pt", opcodes, {"0": VALUES}))
    np.testing.assert_array_equal(read, VALUES)


@pytest.mark.parametrize(
    "opcodes",
    [
        b"cposix\nmkdir\n(X\x06\x00\x00\x00it_rantR",
        b"}X\x01\x00\x00\x00acposix\nmkdir\n(X\x06\x00\x00\x00it_rantRs",
        b"cbuiltins\neval\n(X\x20\x00\x00\x00__import__('os').mkdir('it_ran')tR",
        b"ctorch.nn.modules.linear\nLinear\n)R",
        b"ctorch\nload\n(X\x01\x00\x00\x00xtR",
        b"ctorch.storage\n_load_from_bytes\n(C\x01xtR",
    ],
)
def test_nothing_but_tensors_is_named(tmp_path, monkeypatch, container, complaint, opcodes):
    monkeypatch.chdir(tmp_path)
    path = container(tmp_path / "t.pt", opcodes, {})
    assert "t.pt: " in complaint(load_tensors, path)
    assert not (tmp_path / "it_ran").exists()


def test_names_are_reported(tmp_path, container, refused):
    path = container(tmp_path / "t.pt", b"cposix\nmkdir\n(X\x01\x00\x00\x00xtR", {})
    refused(path, "names 'posix.mkdir'", "neither a plain tensor nor a dictionary", "do not trust")


@pytest.mark.parametrize("opcodes", [b"K\x01", b"](K\x01e", b"N", b"}K\x01K\x02s"])
def test_other_values_are_no_tensors(tmp_path, container, refused, opcodes):
    refused(container(tmp_path / "t.pt", opcodes, {}), "no tensor and no dictionary of tensors")


def test_compressed_archives_are_refused_before_they_are_unpacked(tmp_path, pt, refused):
    bomb = np.zeros(50_000_000, np.uint8)
    path = pt.archive(
        tmp_path / "t.pt", pt.tensor(bomb), {"0": bomb}, compression=zipfile.ZIP_DEFLATED
    )
    assert path.stat().st_size < 100_000
    refused(path, "is compressed or claims", "do not trust")


def test_even_small_compressed_archives_are_none_of_pytorch(tmp_path, pt, refused):
    path = pt.archive(
        tmp_path / "t.pt", pt.tensor(VALUES), {"0": VALUES}, compression=zipfile.ZIP_DEFLATED
    )
    refused(path, "is compressed", "which torch.save never does")


def test_archives_that_are_no_tensors(tmp_path, refused):
    with zipfile.ZipFile(tmp_path / "t.pt", "w") as file:
        file.writestr("other.txt", "x")
    refused(tmp_path / "t.pt", "truncated or not a .pt file")


@pytest.mark.parametrize("content", [b"not a tensor", pickle.dumps([1, 2]), pickle.dumps(7), b"\0"])
def test_other_files(tmp_path, refused, content):
    (tmp_path / "t.pt").write_bytes(content)
    refused(tmp_path / "t.pt")


def test_every_truncation_is_reported(tmp_path, pt, container, refused):
    path = container(tmp_path / "t.pt", pt.tensor(VALUES), {"0": VALUES})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        refused(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_ends_in_one_line(tmp_path, pt, container, complaint, data):
    path = container(tmp_path / "t.pt", pt.tensor(VALUES), {"0": VALUES})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    complaint(load_tensors, path)


def test_real_samples(real_data):
    folder = real_data("mmgcn-samples") / "tiktok"
    visual = load_tensors(folder / "v_feat_sample.pt")
    assert (visual.dtype, visual.shape) == (np.float64, (1651, 128))
    # The storage of doubles starts at byte 346, behind the number of them.
    stored = np.frombuffer((folder / "v_feat_sample.pt").read_bytes()[346:], "<f8")
    np.testing.assert_array_equal(visual.ravel(), stored)
    words = load_tensors(folder / "t_feat_sample.pt")
    assert (words.dtype, words.shape) == (np.int64, (2, 12950))
    assert words[:, :4].tolist() == [[0, 0, 1, 1], [11493, 4100, 8855, 8903]]
