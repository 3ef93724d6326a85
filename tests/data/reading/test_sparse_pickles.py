import os
import pickle

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.reading.sparse_pickles import load_sparse_matrix
from a2bm2gl_tf.errors import UserError

DENSE = np.array([[0, 1.5, 0, 2], [0, 0, 0, 0], [3, 0, 0, 0]])
KINDS = [sp.csr_matrix, sp.csc_matrix, sp.coo_matrix, sp.csr_array, sp.csc_array, sp.coo_array]


def write(tmp_path, value, protocol=pickle.DEFAULT_PROTOCOL):
    path = tmp_path / "m.pkl"
    path.write_bytes(pickle.dumps(value, protocol))
    return path


@pytest.mark.parametrize("protocol", [3, 4, 5])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["<f8", "<f4", "<i8", "|b1", "|i1", "<u2"])
def test_reads_every_kind(tmp_path, kind, protocol, dtype):
    matrix = kind(DENSE.astype(dtype))
    read = load_sparse_matrix(write(tmp_path, matrix, protocol))
    np.testing.assert_array_equal(read.toarray(), DENSE.astype(dtype))
    assert read.shape == (3, 4)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (b"numpy._core.multiarray\n", b"numpy.core.multiarray\n"),
        (b"scipy.sparse._csr\n", b"scipy.sparse.csr\n"),
    ],
)
def test_reads_files_of_older_releases(tmp_path, new, old):
    # Protocol 3 writes names as plain lines.
    content = pickle.dumps(sp.csr_matrix(DENSE), 3)
    assert new in content or old in content
    path = tmp_path / "m.pkl"
    for name in (new, old):
        path.write_bytes(content.replace(new, name).replace(old, name))
        np.testing.assert_array_equal(load_sparse_matrix(path).toarray(), DENSE)


def test_reads_row_and_col_of_older_coo_files(tmp_path):
    matrix = sp.coo_matrix(DENSE)
    row, col = matrix.coords
    del matrix.__dict__["coords"]
    matrix.__dict__ |= {"row": row, "col": col}
    np.testing.assert_array_equal(load_sparse_matrix(write(tmp_path, matrix)).toarray(), DENSE)


def test_repeated_and_zero_entries_stay(tmp_path):
    matrix = sp.coo_matrix(([1.0, 1.0, 0.0], ([0, 0, 1], [2, 2, 1])), shape=(2, 3))
    assert load_sparse_matrix(write(tmp_path, matrix)).nnz == 3


class Calls:
    """Pickles as a call of `function(*arguments)`."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def test_code_is_refused_by_name_and_does_not_run(tmp_path):
    marker = tmp_path / "ran"
    for attack in (
        Calls(os.mkdir, str(marker)),
        Calls(eval, f"__import__('os').mkdir({marker!r})"),
    ):
        with pytest.raises(UserError, match=r"m\.pkl: names '(posix\.mkdir|builtins\.eval)'"):
            load_sparse_matrix(write(tmp_path, attack))
    assert not marker.exists()


@pytest.mark.parametrize("attribute", ["data", "indices", "indptr", "_shape", "maxprint"])
def test_code_inside_a_matrix_does_not_run(tmp_path, attribute):
    marker = tmp_path / "ran"
    matrix = sp.csr_matrix(DENSE)
    matrix.__dict__[attribute] = Calls(os.mkdir, str(marker))
    with pytest.raises(UserError, match=r"names 'posix\.mkdir'"):
        load_sparse_matrix(write(tmp_path, matrix))
    assert not marker.exists()


def test_code_inside_an_object_array_does_not_run(tmp_path):
    marker = tmp_path / "ran"
    array = np.array([Calls(os.mkdir, str(marker))], dtype=object)
    with pytest.raises(UserError, match=r"names 'posix\.mkdir'"):
        load_sparse_matrix(write(tmp_path, array))
    assert not marker.exists()


@pytest.mark.parametrize(
    "name",
    [
        b"numpy\nload",
        b"numpy\nfromfile",
        b"numpy.core.multiarray\nfromfile",
        b"scipy.sparse\nload_npz",
        b"scipy.sparse._csr\ncsr_matrix.__init__",
        b"builtins\ngetattr",
        b"copyreg\n_reconstructor",
    ],
)
def test_other_names_of_the_same_modules_are_refused(tmp_path, name):
    path = tmp_path / "m.pkl"
    path.write_bytes(b"\x80\x03c" + name + b"\n.")
    with pytest.raises(UserError, match="neither a NumPy array nor a SciPy sparse matrix"):
        load_sparse_matrix(path)


def test_state_set_on_a_class_changes_nothing(tmp_path):
    path = tmp_path / "m.pkl"
    # BUILD applied to the admitted class itself, with a slot state that would set an attribute.
    path.write_bytes(b"\x80\x03cscipy.sparse._csr\ncsr_matrix\n(N}X\x05\x00\x00\x00shapeK\x01stb.")
    with pytest.raises(UserError, match=r"m\.pkl: truncated or not a pickle"):
        load_sparse_matrix(path)
    good = tmp_path / "good.pkl"
    good.write_bytes(pickle.dumps(sp.csr_matrix(DENSE)))
    np.testing.assert_array_equal(load_sparse_matrix(good).toarray(), DENSE)


@pytest.mark.parametrize(
    ("kind", "attribute", "value", "message"),
    [
        (sp.csr_matrix, "indices", np.array([1, 3, 4]), "an index lies outside 0 to 3"),
        (sp.csr_matrix, "indices", np.array([1, -1, 0]), "an index lies outside"),
        (sp.csr_matrix, "indices", np.array([1.0, 3.0, 0.0]), "is float64"),
        (sp.csr_matrix, "indices", np.array([[1, 3, 0]]), "not one-dimensional"),
        (sp.csr_matrix, "indices", np.array([1, 3], object), "an array's bytes are missing"),
        (sp.csr_matrix, "indices", [1, 3, 0], "an array is missing"),
        (sp.csr_matrix, "indptr", np.array([0, 2, 1, 3]), "row pointers are inconsistent"),
        (sp.csr_matrix, "indptr", np.array([1, 2, 2, 3]), "row pointers are inconsistent"),
        (sp.csr_matrix, "indptr", np.array([0, 2, 3]), "row pointers are inconsistent"),
        (sp.csr_matrix, "indptr", np.array([0, 2, 2, 9]), "row pointers and values differ"),
        (
            sp.csr_matrix,
            "indptr",
            np.array([0, 2**62 + 2, -(2**63), 3]),
            "row pointers are inconsistent",
        ),
        (sp.csr_matrix, "data", np.array([1, np.nan, 1]), "NaN or infinite"),
        (sp.csr_matrix, "data", np.array([1.0, 1.0]), "differ"),
        (sp.csr_matrix, "_shape", (3, 4, 5), r"its shape is \(3, 4, 5\)"),
        (sp.csr_matrix, "_shape", (3, -4), "its shape is"),
        (sp.csr_matrix, "_shape", (3, 2.5), "not a whole number"),
        (sp.csr_matrix, "_shape", (3, np.float64(np.inf)), "is float64"),
        (sp.coo_matrix, "_shape", (10**12, 4), "its shape is"),
        (sp.coo_matrix, "coords", (np.array([0, 0, 5]), np.array([1, 3, 0])), "0 to 2"),
        (sp.coo_matrix, "coords", (np.array([0, 0]), np.array([1, 3])), "differ in number"),
        (sp.csc_matrix, "indices", np.array([2, 0, 3]), "0 to 2"),
    ],
)
def test_contents_are_checked(tmp_path, kind, attribute, value, message):
    matrix = kind(DENSE)
    matrix.__dict__[attribute] = value
    with pytest.raises(UserError, match=message) as caught:
        load_sparse_matrix(write(tmp_path, matrix))
    assert "m.pkl: not a valid sparse matrix" in str(caught.value)


def test_numpy_integers_in_the_shape_are_accepted(tmp_path):
    matrix = sp.csr_matrix(DENSE)
    matrix.__dict__["_shape"] = (np.int64(3), np.int32(4))
    np.testing.assert_array_equal(load_sparse_matrix(write(tmp_path, matrix)).toarray(), DENSE)


@pytest.mark.parametrize("value", [np.eye(2), [1, 2], {"a": 1}, 3, None])
def test_anything_else_is_not_a_matrix(tmp_path, value):
    with pytest.raises(UserError, match=r"m\.pkl: not a valid sparse matrix \(it holds a"):
        load_sparse_matrix(write(tmp_path, value))


@pytest.mark.parametrize("protocol", [3, 5])
def test_every_truncation_is_reported(tmp_path, protocol):
    path = write(tmp_path, sp.csr_matrix(DENSE), protocol)
    whole = path.read_bytes()
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"m\.pkl: "):
            load_sparse_matrix(path)


def test_flipped_bytes_never_escape_as_other_errors(tmp_path):
    path = write(tmp_path, sp.coo_matrix(DENSE), 3)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(500):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            load_sparse_matrix(path)
        except UserError:
            refused += 1
    assert refused > 100


def test_missing_and_empty(tmp_path):
    with pytest.raises(UserError, match=r"m\.pkl: no such file"):
        load_sparse_matrix(tmp_path / "m.pkl")
    (tmp_path / "m.pkl").touch()
    with pytest.raises(UserError, match=r"m\.pkl: the file is empty"):
        load_sparse_matrix(tmp_path / "m.pkl")
