import pytest

import a2bm2gl_tf.data.formats  # noqa: F401
from a2bm2gl_tf.data.formats.registry import FormatOptions, detect_format, read_format
from a2bm2gl_tf.errors import UserError


@pytest.fixture
def write(tmp_path):
    """Writes text files into the test's folder."""

    def write(name, content, encoding="utf-8"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def read():
    """Reads a path in the format that is found for it."""

    def read(path, name, **options):
        assert detect_format(path)[0] == name
        return read_format(name, path, FormatOptions(**options))

    return read


@pytest.fixture
def refused():
    """Asserts that reading ends in one line that holds all of the given words."""

    def refused(name, path, *words, **options):
        with pytest.raises(UserError) as caught:
            read_format(name, path, FormatOptions(**options))
        message = str(caught.value)
        assert "\n" not in message
        for word in words:
            assert word in message, message

    return refused
