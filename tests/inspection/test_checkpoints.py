import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.inspection.checkpoint_index import shard_bytes
from a2bm2gl_tf.inspection.checkpoints import list_checkpoints, read_all


@pytest.fixture
def run(tmp_path):
    """Checkpoints of enough variables that their index has several blocks."""
    values = [tf.Variable(np.full(n % 7 + 1, n, np.float32), name=f"v{n}") for n in range(300)]
    checkpoint = tf.train.Checkpoint(values=values, text=tf.Variable("word"))
    for kind, step in (("latest", 9), ("latest", 18), ("best", 9)):
        checkpoint.write(str(tmp_path / "checkpoints" / kind / f"step-{step}"))
    return tmp_path


def _data(run, kind, step):
    return run / "checkpoints" / kind / f"step-{step}.data-00000-of-00001"


def test_the_index_gives_the_size_that_the_data_file_has(run):
    sizes = shard_bytes(run / "checkpoints" / "best" / "step-9.index")
    data = _data(run, "best", 9)
    assert sizes == {data: data.stat().st_size}
    assert data.stat().st_size > 300 * 4


def test_checkpoints_are_listed_latest_before_best_by_step(run):
    found = list_checkpoints(run)
    assert [(entry["kind"], entry["step"]) for entry in found] == [
        ("latest", 9),
        ("latest", 18),
        ("best", 9),
    ]
    assert [entry["fault"] for entry in found] == ["", "", ""]
    index = run / "checkpoints" / "latest" / "step-9.index"
    assert found[0]["bytes"] == index.stat().st_size + _data(run, "latest", 9).stat().st_size
    assert [read_all(run, entry) for entry in found] == ["", "", ""]


def test_what_is_cut_short_or_missing_is_named(run):
    size = _data(run, "latest", 9).stat().st_size
    with open(_data(run, "latest", 9), "r+b") as file:
        file.truncate(size - 1)
    _data(run, "latest", 18).unlink()
    index = run / "checkpoints" / "best" / "step-9.index"
    whole = index.read_bytes()
    index.write_bytes(whole[:-1])
    cut, missing, broken = (entry["fault"] for entry in list_checkpoints(run))
    assert cut.endswith(f"has {size - 1:,} of {size:,} bytes")
    assert missing == "step-18.data-00000-of-00001 is missing"
    assert broken == "step-9.index: its end is missing"
    # Its end is there, what it points to is not.
    index.write_bytes(whole[-48:])
    assert list_checkpoints(run)[2]["fault"] == "step-9.index: it is damaged"


def test_a_byte_that_changed_in_place_is_found_by_reading_all(run):
    data = _data(run, "best", 9)
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 1
    data.write_bytes(content)
    entry = list_checkpoints(run)[2]
    assert entry["fault"] == ""
    assert read_all(run, entry)


def test_any_damage_to_an_index_is_a_fault_and_not_a_crash(run):
    index = run / "checkpoints" / "best" / "step-9.index"
    whole = index.read_bytes()
    generator = np.random.default_rng(0)
    for _ in range(300):
        content = bytearray(whole)
        for place in generator.integers(0, len(whole), 3):
            content[place] = generator.integers(0, 256)
        index.write_bytes(content[: generator.integers(1, len(whole) + 1)])
        list_checkpoints(run)


def _table(*blocks):
    """An index with these blocks, and an index of the blocks by the places given."""
    content, places = b"", []
    for entries, *place in blocks:
        block = b"".join(entries) + bytes(4)
        places.append(place or [len(content), len(block)])
        content += block + bytes(5)
    handles = [b"\0\0\2" + bytes(place) for place in places]
    index = b"".join(handles) + bytes(4)
    footer = bytes([0, 0, len(content), len(index)])
    content += index + bytes(5) + footer.ljust(40, b"\0")
    return content + (0xDB4775248B80FB57).to_bytes(8, "little")


# Under the empty key: one data file. Under "a": 7 bytes from the 3rd of it on.
_HEADER, _ENTRY = b"\0\0\2\x08\x01", b"\0\1\4a\x20\x03\x28\x07"


def test_an_index_by_hand(tmp_path):
    path = tmp_path / "step-1.index"
    path.write_bytes(_table([[_HEADER, _ENTRY]], [[b"\0\1\2b\x28\x0c"]]))
    assert shard_bytes(path) == {tmp_path / "step-1.data-00000-of-00001": 12}


@pytest.mark.parametrize(
    "content",
    [
        _table([[_HEADER, _ENTRY]], [[], 0, 17]),  # the first block, once more
        _table([[_HEADER, b"\0" + b"\xff" * 20]]),
        _table([[_HEADER, b"\0\xff\xff\xff\xff\x0f\0"]]),
    ],
)
def test_what_would_take_for_ever_is_damaged(tmp_path, content):
    path = tmp_path / "step-1.index"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="it is damaged"):
        shard_bytes(path)


def test_an_index_larger_than_any_is_not_read(tmp_path):
    path = tmp_path / "step-1.index"
    with path.open("wb") as file:
        file.truncate(2**28 + 1)
    with pytest.raises(ValueError, match="too large"):
        shard_bytes(path)


def test_data_that_ends_too_early_is_found_by_reading_all(run):
    # The index may claim less than TensorFlow reads.
    data = _data(run, "best", 9)
    data.write_bytes(data.read_bytes()[:100])
    (entry,) = (entry for entry in list_checkpoints(run) if entry["kind"] == "best")
    assert read_all(run, entry)
