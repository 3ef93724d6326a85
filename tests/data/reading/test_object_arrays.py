"""Lists of items in object arrays: what they hold, and what they may not."""

import collections
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a2bm2gl_tf.data.reading.object_arrays import load_user_dictionary, load_user_rows
from a2bm2gl_tf.errors import UserError


@pytest.fixture
def save(tmp_path):
    def save(value, protocol=4, shape=None):
        """Writes what numpy.save would, with a choice of protocol."""
        path = tmp_path / "a.npy"
        if shape is None:
            array = np.empty((), object)
            array[()] = value
        else:
            array = np.empty(len(value), object)
            array[:] = value
            array = array.reshape(shape)
        with path.open("wb") as file:
            header = {"descr": "|O", "fortran_order": False, "shape": array.shape}
            np.lib.format.write_array_header_1_0(file, header)
            pickle.dump(array, file, protocol)
        return path

    return save


@pytest.fixture
def refused(complaint):
    def refused(read, path, *words):
        message = complaint(read, path)
        for word in (path.name, *words):
            assert word in message, message

    return refused


DICTIONARY = {
    3: [np.int64(7), 8],
    np.int32(1): (np.uint8(200),),
    5: [],
    4: np.array([9, 1], np.int16),
}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_dictionary_by_hand(save, protocol):
    lists = load_user_dictionary(save(DICTIONARY, protocol))
    assert lists.users.tolist() == [3, 1, 5, 4]
    assert lists.lengths.tolist() == [2, 1, 0, 2]
    assert lists.items.tolist() == [7, 8, 200, 9, 1]
    assert lists.owners().tolist() == [3, 3, 1, 4, 4]
    assert lists.positions().tolist() == [0, 1, 0, 0, 1]


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize(
    "dictionary",
    [
        collections.defaultdict(list, {1: [5, 6], 2: [7]}),
        collections.OrderedDict({1: [5, 6], 2: [7]}),
        {1: {5, 6}, 2: frozenset([7])},
    ],
    ids=["defaultdict", "OrderedDict", "sets"],
)
def test_kinds_of_dictionaries_and_sets(save, dictionary, protocol):
    lists = load_user_dictionary(save(dictionary, protocol))
    assert lists.users.tolist() == [1, 2]
    assert lists.lengths.tolist() == [2, 1]
    assert sorted(lists.items.tolist()) == [5, 6, 7]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_rows_by_hand(save, protocol):
    rows = [[4, np.int64(10)], [5], (6, 1, 2)]
    lists = load_user_rows(save(rows, protocol, shape=(3,)))
    assert lists.users.tolist() == [4, 5, 6]
    assert lists.lengths.tolist() == [1, 0, 2]
    assert lists.items.tolist() == [10, 1, 2]


def test_equally_long_rows_are_a_table(tmp_path, save):
    np.save(tmp_path / "t.npy", np.array([[1, 5], [0, 6]]))
    for path in (tmp_path / "t.npy", save([1, 5, 0, 6], shape=(2, 2))):
        lists = load_user_rows(path)
        assert lists.users.tolist() == [1, 0]
        assert lists.items.tolist() == [5, 6]


def test_files_of_older_numpy(save):
    # Protocol 2 writes names as plain lines.
    path = save({1: [np.int64(5)]}, 2)
    content = path.read_bytes()
    assert b"numpy._core.multiarray\n_reconstruct" in content
    for module in (b"numpy.core.multiarray", b"numpy.core._multiarray_umath"):
        path.write_bytes(content.replace(b"numpy._core.multiarray", module))
        assert load_user_dictionary(path).items.tolist() == [5]


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("place", ["dictionary", "key", "list", "item", "array"])
def test_code_does_not_run_wherever_it_hides(save, attack, place, protocol, refused):
    hidden = {
        "dictionary": attack,
        "key": {attack: [1]},
        "list": {1: attack},
        "item": {1: [2, attack]},
        "array": {1: np.array([attack], object)},
    }[place]
    refused(load_user_dictionary, save(hidden, protocol), "names 'posix.mkdir'", "do not trust")
    refused(load_user_rows, save([[1, 2], hidden], protocol, shape=(2,)), "names 'posix.mkdir'")


@pytest.mark.parametrize(
    ("dictionary", "said"),
    [
        ({}, "with entries"),
        ([1, 2], "holds no dictionary"),
        ({1: [2], 3: 4}, "entry 2: its items are no list"),
        ({1: [2], 3: [4, -5]}, "entry 2: a user or item is not within 0"),
        ({1: [2], -3: [4]}, "entry 2: a user or item is not within 0"),
        ({1: [10**30]}, "entry 1: a user or item is not within 0"),
        ({1: [2.0]}, "entry 1: a user or item is not a whole number"),
        ({1: [np.float64(2)]}, "entry 1: a user or item is not a whole number"),
        ({1: [True]}, "entry 1: a user or item is not a whole number"),
        ({"u": [2]}, "entry 1: a user or item is not a whole number"),
        ({1: "23"}, "entry 1: its items are no list"),
        ({1: {2: 3}}, "entry 1: its items are no list"),
        ({1: np.ones((2, 2), np.int64)}, "entry 1: its items are no list"),
        ({1: [[2]]}, "entry 1: a user or item is not a whole number"),
        ({1: None}, "entry 1: its items are no list"),
    ],
)
def test_dictionaries_that_are_none(save, dictionary, said, refused):
    refused(load_user_dictionary, save(dictionary), said)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([[1, 2], []], "row 2: is no list with a user"),
        ([[1, 2], 3], "row 2: is no list with a user"),
        ([[1, 2], [3, -1]], "row 2: a user or item is not within 0"),
        ([[1, 2], [3, "x"]], "row 2: a user or item is not a whole number"),
        ([[1, 2], {3: 4}], "row 2: is no list with a user"),
    ],
)
def test_rows_that_are_none(save, rows, said, refused):
    refused(load_user_rows, save(rows, shape=(2,)), said)


def test_one_list_named_many_times_is_no_bomb(save, refused):
    shared = list(range(3000))
    refused(
        load_user_dictionary,
        save(dict.fromkeys(range(3000), shared)),
        "claims more items than a file of its size holds",
    )


@pytest.mark.parametrize("shape", [(), (3,), (2, 2), (1, 1, 1)])
def test_headers_that_do_not_fit_their_pickle(save, shape):
    path = save([[1, 2], [3, 4]], shape=(2,))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"(2,)", repr(shape).encode()[:4].ljust(4)))
    with pytest.raises(UserError, match=r"a\.npy: "):
        load_user_rows(path)


@pytest.mark.parametrize(
    "values", [np.ones((2, 2)), np.ones(3, np.int64), np.array(["1 2"]), np.array(3)]
)
def test_plain_arrays_that_are_no_lists(tmp_path, values, refused):
    np.save(tmp_path / "t.npy", values)
    refused(load_user_rows, tmp_path / "t.npy", "save an array of lists [user, item, ...]")


def test_every_truncation_is_reported(save):
    path = save(DICTIONARY)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"a\.npy: "):
            load_user_dictionary(path)


def test_missing_and_folder(tmp_path):
    with pytest.raises(UserError, match=r"a\.npy: no such file"):
        load_user_rows(tmp_path / "a.npy")
    with pytest.raises(UserError, match="is a folder where a file is needed"):
        load_user_rows(tmp_path)


_ids = st.integers(0, 10**18)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(_ids, st.lists(_ids), min_size=1), st.sampled_from([2, 3, 4, 5]))
def test_dictionaries_come_back(save, dictionary, protocol):
    lists = load_user_dictionary(save(dictionary, protocol))
    assert lists.users.tolist() == list(dictionary)
    parts = np.split(lists.items, np.cumsum(lists.lengths)[:-1])
    assert [part.tolist() for part in parts] == list(dictionary.values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_ends_in_one_line(save, complaint, data):
    path = save({1: [np.int64(2), 3], 4: {5}}, data.draw(st.sampled_from([2, 3, 4])))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    for read in (load_user_dictionary, load_user_rows):
        complaint(read, path)
