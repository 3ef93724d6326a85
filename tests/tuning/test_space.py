import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.tuning.space import (
    Choices,
    Range,
    around,
    change,
    changed_of,
    grid_point,
    number_of_changes,
    parse_space,
    size_of,
    space_of_grid,
    value_text,
)

TYPES = {"dimension": int, "learning_rate": float, "loss": str, "own.walks": int}


def _parse(*texts):
    return parse_space(texts, ["walks"], lambda name, text: TYPES[name](text))


def test_lists_and_ranges_have_the_types_of_their_settings():
    assert _parse("dimension=8,64", "learning_rate=1e-4:1e-2:log", "loss=bpr", "own.walks=2:5") == (
        Choices("dimension", (8, 64)),
        Range("learning_rate", 1e-4, 1e-2, log=True),
        Choices("loss", ("bpr",)),
        Range("own.walks", 2, 5),
    )
    (floats,) = _parse("learning_rate=0:1")
    assert (floats.low, floats.is_integer) == (0.0, False)
    assert isinstance(floats.low, float)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dimension", "NAME=V1,V2"),
        ("=1,2", "NAME=V1,V2"),
        ("width=1,2", "NAME=V1,V2"),
        ("own.width=1,2", "own.walks"),
        ("seed=0,1", "NAME being one of"),
        ("evaluate_every=1,2", "NAME being one of"),
        ("dimension=", "'' is no value of dimension"),
        ("dimension=8,,64", "'' is no value of dimension"),
        ("dimension=8,wide", "'wide' is no value of dimension"),
        ("dimension=8,64,8", "twice"),
        ("learning_rate=0.10,0.1", "twice"),
        ("learning_rate=nan", "'nan' is no value"),
        ("learning_rate=0:inf", "'inf' is no value"),
        ("learning_rate=0.1:0.1", "below the second"),
        ("learning_rate=0.2:0.1", "below the second"),
        ("learning_rate=0:0.1:log", "begin above 0"),
        ("learning_rate=0.1:0.2:ln", "NAME=LOW:HIGH:log"),
        ("learning_rate=0.1:0.2:0.3:log", "NAME=LOW:HIGH:log"),
        ("loss=bpr:wr", "is no number"),
    ],
)
def test_bad_spaces_are_one_line_that_names_the_flag(text, said):
    with pytest.raises(UserError) as caught:
        _parse(text)
    assert str(caught.value).startswith(f"--space={text}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_setting_has_one_line():
    with pytest.raises(UserError, match="given twice"):
        _parse("dimension=8", "dimension=64")


def test_sizes_and_points():
    space = _parse("dimension=1,2,3", "learning_rate=0.1,0.2")
    assert size_of(space) == 6
    assert size_of(_parse("own.walks=2:5")) == 4
    assert size_of(_parse("learning_rate=0.1:0.2")) == float("inf")
    points = [grid_point(space, number, seed=3) for number in range(6)]
    assert {tuple(point.values()) for point in points} == {
        (d, r) for d in (1, 2, 3) for r in (0.1, 0.2)
    }
    assert points == [grid_point(space, number, seed=3) for number in range(6)]
    assert points != [grid_point(space, number, seed=4) for number in range(6)]


def test_changes_are_the_recipe_and_then_one_setting_at_a_time():
    space = around(
        _parse("dimension=1,2,3", "learning_rate=0.1,0.2"),
        {"dimension": 2, "learning_rate": 0.5, "loss": "bpr"},
    )
    assert space == (Choices("dimension", (2, 1, 3)), Choices("learning_rate", (0.5, 0.1, 0.2)))
    points = [change(space, number) for number in range(number_of_changes(space))]
    assert [tuple(point.values()) for point in points] == [
        (2, 0.5),
        (1, 0.5),
        (3, 0.5),
        (2, 0.1),
        (2, 0.2),
    ]
    assert [changed_of(space, point) for point in points[:2]] == [{}, {"dimension": 1}]
    with pytest.raises(UserError, match=r"--space=dimension=2: that is what the recipe has"):
        around(_parse("dimension=2"), {"dimension": 2})


def test_values_are_written_as_flags_take_them():
    assert [value_text(v) for v in (True, (64, 32), 1e-05, "bpr")] == [
        "true",
        "64/32",
        "1e-05",
        "bpr",
    ]


def test_a_registered_grid_is_a_space():
    assert space_of_grid({"l2": (0.1, 1.0)}) == (Choices("l2", (0.1, 1.0)),)
