"""train.py takes a model's own defaults where no flag says otherwise."""

import pytest
from absl import flags

from a2bm2gl_tf.commands.flag_values import config_from_flags
from a2bm2gl_tf.commands.run_config import RunConfig
from a2bm2gl_tf.commands.training_flags import define_training_flags
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.methods.registry import METHODS
from a2bm2gl_tf.methods.settings import with_settings


def _parse(*arguments):
    values = flags.FlagValues()
    define_training_flags(values)
    values(["train.py", *arguments])
    return config_from_flags(values)


def test_a_models_defaults_hold_for_flags_that_are_not_given():
    ours = _parse()
    assert ours == with_settings(ours, METHODS["a2bm2gl"].settings)
    assert ours.loss.semantic_l2_scale != LossConfig().semantic_l2_scale
    assert ours.loss.margin_weight == LossConfig().margin_weight
    by_default = _parse("--model=bpr_mf")
    assert by_default == with_settings(by_default, METHODS["bpr_mf"].settings)
    assert by_default.loss.name == "bpr"
    told = _parse("--model=bpr_mf", "--loss=infobpr", "--l2=3")
    assert (told.loss.name, told.loss.l2) == ("infobpr", 3.0)
    assert told.training == by_default.training


def test_a_flag_given_with_the_flags_own_default_counts_as_given():
    assert _parse("--model=bpr_mf", "--loss=adaptive").loss.name == "adaptive"


def test_settings_of_another_model_are_refused():
    with pytest.raises(UserError, match="--model_settings=walks=3"):
        _parse("--model=bpr_mf", "--model_settings=walks=3")


def test_every_setting_of_the_model_alone_is_stored():
    for name in METHODS:
        config = _parse(f"--model={name}")
        assert config.model_config.own == METHODS[name].fit_settings().model_config.own
        assert RunConfig.from_json(config.to_json()) == config
    own = _parse("--model=deepfm", "--model_settings=hidden=8/4").to_json()["model_config"]["own"]
    defaults = METHODS["deepfm"].fit_settings().to_json()["model_config"]["own"]
    assert own == defaults | {"hidden": [8, 4]}
    assert defaults["hidden"] != [8, 4]


def test_a_loss_is_refused_where_the_model_has_its_own():
    with pytest.raises(UserError, match="--loss=adaptive: bm3 has a loss of its own"):
        _parse("--model=bm3", "--loss=adaptive")
    assert _parse("--model=bm3", "--loss=adaptive", "--loss=none").loss.name == "none"
