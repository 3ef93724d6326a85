import os

import pytest

from a2bm2gl_tf.data.features.quiet_import import quiet_import


def test_what_goes_well_is_not_heard(capfd):
    with quiet_import():
        os.write(2, b"hello")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_what_goes_wrong_is(capfd):
    @quiet_import()
    def fail():
        os.write(2, b"why")
        raise ImportError

    with pytest.raises(ImportError):
        fail()
    assert capfd.readouterr().err == "why"
