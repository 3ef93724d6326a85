import dataclasses

import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.own_settings import make_own_settings, parse_own_settings


@dataclasses.dataclass(frozen=True)
class _Settings:
    walks: int = 20
    share: float = 0.5
    hidden: tuple[int, ...] = (64, 32)
    norm: bool = True
    pooling: str = "mean"


def test_values_take_the_type_of_their_default():
    texts = ["walks=3", "share=1", "hidden=8/4/2", "norm=false", "pooling=max"]
    values = parse_own_settings(_Settings, texts)
    assert values == {
        "walks": 3,
        "share": 1.0,
        "hidden": (8, 4, 2),
        "norm": False,
        "pooling": "max",
    }
    assert type(values["share"]) is float
    # JSON, which settings are stored in, turns tuples into lists.
    stored = values | {"hidden": [8, 4, 2]}
    assert make_own_settings(_Settings, stored) == _Settings(3, 1.0, (8, 4, 2), False, "max")
    assert make_own_settings(_Settings, {}) == _Settings()


@pytest.mark.parametrize("text", ["walk=3", "walks", "walks=many", "norm=maybe", "hidden=8/x"])
def test_mistakes_name_the_setting_and_what_there_is(text):
    with pytest.raises(UserError, match=f"--model_settings={text}: ") as caught:
        parse_own_settings(_Settings, [text])
    assert "walks" in str(caught.value) or "default" in str(caught.value)


def test_a_model_without_own_settings_takes_none():
    assert parse_own_settings(None, []) == {}
    with pytest.raises(UserError, match="own settings are none"):
        parse_own_settings(None, ["walks=3"])
    with pytest.raises(UserError, match="--model_settings=steps"):
        make_own_settings(_Settings, {"steps": 1})
