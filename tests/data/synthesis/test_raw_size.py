import pytest

from a2bm2gl_tf.data.synthesis.raw_kinds import RAW_KINDS
from a2bm2gl_tf.data.synthesis.raw_size import RawSize
from a2bm2gl_tf.errors import UserError


def test_table_1():
    sizes = {name: kind.size for name, kind in RAW_KINDS.items()}
    assert sizes == {
        "kwai": RawSize(10_000, 34_325, 4_221_975),
        "tiktok": RawSize(15_727, 153_005, 215_942),
        "movielens": RawSize(943, 1_682, 100_000),
    }


def test_scaling_keeps_degrees_until_a_quarter_is_full():
    assert RawSize(1000, 4000, 90_000).scaled(0.5) == RawSize(500, 2000, 45_000)
    assert RawSize(1000, 4000, 90_000).scaled(2) == RawSize(2000, 8000, 180_000)
    assert RawSize(1000, 4000, 90_000).scaled(0.01) == RawSize(10, 40, 100)


def test_numbers_replace_one_by_one():
    size = RawSize(10, 20, 30)
    assert size.replaced(None, 25, None) == RawSize(10, 25, 30)
    assert size.replaced(11, None, 31) == RawSize(11, 20, 31)


def test_sizes_that_cannot_be_drawn():
    RawSize(10, 20, 20).check()
    RawSize(10, 20, 50).check()
    for interactions in (19, 51):
        with pytest.raises(UserError, match="20 to 50"):
            RawSize(10, 20, interactions).check()
    with pytest.raises(UserError, match="at least 4"):
        RawSize(3, 20, 20).check()
