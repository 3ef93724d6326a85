"""Settings that earlier versions wrote are read, and their runs resumed."""

import json

import pytest
from absl import flags

from a2bm2gl_tf.commands.flag_values import config_from_flags
from a2bm2gl_tf.commands.run_config import RunConfig, claim_directory, read_config
from a2bm2gl_tf.commands.run_result import format_result
from a2bm2gl_tf.commands.training_flags import define_training_flags
from a2bm2gl_tf.errors import UserError


def _parse(*arguments):
    values = flags.FlagValues()
    define_training_flags(values)
    values(["train.py", *arguments])
    return config_from_flags(values)


def test_a_config_without_folds_is_claimed_by_the_same_settings(tmp_path):
    config = _parse("--dataset=ml100k", "--data_dir=ml")
    old = config.to_json()
    assert old["data"]["feature_scaling"] == "zscore_l2"
    del old["data"]["fold"]
    (tmp_path / "config.json").write_text(json.dumps(old))
    assert read_config(tmp_path) == RunConfig.from_json(config.to_json())
    claim_directory(tmp_path, config)
    with pytest.raises(UserError, match=r"data.feature_scaling was 'zscore_l2' and is 'none'"):
        claim_directory(tmp_path, _parse("--dataset=ml100k", "--feature_scaling=none"))


def test_a_config_without_the_models_own_defaults_is_claimed_by_the_same_settings(tmp_path):
    config = _parse("--model=deepfm", "--model_settings=hidden=8/4")
    old = config.to_json()
    old["model_config"]["own"] = {"hidden": [8, 4]}
    (tmp_path / "config.json").write_text(json.dumps(old))
    assert read_config(tmp_path) == config
    claim_directory(tmp_path, config)
    with pytest.raises(UserError, match=r"model_config.own.hidden was \[8, 4\]"):
        claim_directory(tmp_path, _parse("--model=deepfm"))


def test_prepared_data_has_its_own_scaling_and_folds():
    config = _parse("--dataset=prepared", "--data_dir=out", "--fold=3")
    assert config.data.feature_scaling is None
    assert config.data.fold == 3
    assert RunConfig.from_json(config.to_json()).data.fold == 3


def test_the_result_of_an_earlier_version_is_printed_without_what_it_lacks():
    means = {"ndcg@10": 0.25, "num_users": 7.0}
    old = {"model": "a2bm2gl", "protocol": "p", "test": means, "popularity": means, "seed": 0}
    old |= {"best_step": 3, "refit": False, "seconds": 9.0}
    assert format_result(old).splitlines()[-1] == "best step 3 by validation; 9 s"
    new = old | {"seconds_per_epoch": 0.5, "peak_memory_bytes": 2**30}
    assert format_result(new).splitlines()[-1] == (
        "0.5 s an epoch (median, without validation); peak memory 1.00 GiB"
    )
