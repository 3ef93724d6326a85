import os
import pickle
import zipfile
from pathlib import Path

import pytest

from a2bm2gl_tf.errors import UserError

REPOSITORY = Path(__file__).parents[2]

# User 3 has one rating; user 5 rates movie 2 twice; ids of users have a gap.
RATINGS = """\
1\t1\t5\t881250949
1\t2\t3\t881250950
1\t3\t1\t881250951
1\t4\t4\t881250952
1\t5\t4\t881250953
3\t5\t2\t881250954
5\t2\t4\t881250955
5\t2\t1\t881250956
5\t1\t1\t881250957
5\t3\t5\t881250958
5\t4\t5\t881250959
"""


def item_row(number, title, *genres):
    flags = "|".join("1" if genre in genres else "0" for genre in range(19))
    return f"{number}|{title}|01-Jan-1995||http://example.org/|{flags}\n"


@pytest.fixture
def movielens(tmp_path):
    """A five-movie MovieLens 100K folder."""
    folder = tmp_path / "ml"
    folder.mkdir()
    (folder / "u.data").write_text(RATINGS, encoding="latin-1")
    rows = [
        item_row(1, "Toy Story (1995)", 3, 4, 5),
        item_row(2, "Misérables, Les (1995)", 8),
        item_row(3, "Unclassified (1996)"),
        item_row(4, "Alien (1979)", 1, 11, 15, 16),
        item_row(5, "Gone Fishin' (1997)", 0, 18),
    ]
    (folder / "u.item").write_text("".join(rows), encoding="latin-1")
    return folder


class PtWriter:
    """Writes .pt files opcode by opcode, so that the tests need no PyTorch."""

    @staticmethod
    def tensor(values, *, kind=None, key="0", numel=None, offset=0, shape=None, strides=None):
        """Opcodes of one tensor; arguments override what `values` would give."""
        text, number = PtWriter._text, PtWriter._number
        shape = values.shape if shape is None else shape
        strides = [s // values.itemsize for s in values.strides] if strides is None else strides
        kind = kind or STORAGES[values.dtype.str[1:]]
        storage = b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text(key) + text("cpu")
        storage += number(values.size if numel is None else numel) + b"tQ"
        sides, steps = (b"(" + b"".join(map(number, n)) + b"t" for n in (shape, strides))
        hooks = b"ccollections\nOrderedDict\n)R"
        tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset)
        return tensor + sides + steps + b"\x89" + hooks + b"tR"

    @staticmethod
    def dictionary(**entries):
        return b"}" + b"".join(PtWriter._text(k) + v + b"s" for k, v in entries.items())

    @staticmethod
    def archive(path, opcodes, storages, *, order="little", compression=zipfile.ZIP_STORED):
        with zipfile.ZipFile(path, "w", compression) as file:
            file.writestr("archive/data.pkl", b"\x80\x02" + opcodes + b".")
            file.writestr("archive/byteorder", order)
            for key, values in storages.items():
                file.writestr(f"archive/data/{key}", values.tobytes("A"))
        return path

    @staticmethod
    def stream(path, opcodes, storages):
        parts = [pickle.dumps(0x1950A86A20F9469CFC6C, 2), pickle.dumps(1001, 2)]
        parts += [pickle.dumps({"little_endian": True}, 2), b"\x80\x02" + opcodes + b"."]
        parts.append(pickle.dumps(list(storages), 2))
        for values in storages.values():
            parts += [values.size.to_bytes(8, "little"), values.tobytes("A")]
        path.write_bytes(b"".join(parts))
        return path

    @staticmethod
    def _text(value):
        return b"X" + len(value).to_bytes(4, "little") + value.encode()

    @staticmethod
    def _number(value):
        content = value.to_bytes(16, "little", signed=True)
        return b"\x8a" + bytes([len(content)]) + content


STORAGES = {
    **{"f2": "HalfStorage", "f4": "FloatStorage", "f8": "DoubleStorage", "i1": "CharStorage"},
    **{"i2": "ShortStorage", "i4": "IntStorage", "i8": "LongStorage", "u1": "ByteStorage"},
    "b1": "BoolStorage",
}


@pytest.fixture
def pt():
    return PtWriter


class Calls:
    """Pickles as a call that makes a folder, so that running it leaves a trace."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


@pytest.fixture
def attack(tmp_path):
    """An object that leaves a trace if it is unpickled; the test fails where it did."""
    trace = tmp_path / "it_ran"
    yield Calls(trace)
    assert not trace.exists()


@pytest.fixture(scope="session")
def complaint():
    """Calls a reader; gives the one line that it ends in, or "" if it succeeds."""

    def complaint(read, *arguments, **keywords):
        try:
            read(*arguments, **keywords)
        except UserError as error:
            message = str(error)
        else:
            return ""
        assert message
        assert "\n" not in message
        return message

    return complaint
