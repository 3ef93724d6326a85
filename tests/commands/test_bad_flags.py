"""A mistake on the command line is one line, exit status 2, and nothing on disk."""

import importlib
import sys

import pytest
from absl import flags

from a2bm2gl_tf.commands import recipes, train
from a2bm2gl_tf.commands.command_line import run
from a2bm2gl_tf.commands.flag_values import config_from_flags
from a2bm2gl_tf.commands.flagfiles import split_arguments
from a2bm2gl_tf.commands.run_config import RunConfig
from a2bm2gl_tf.commands.training_flags import define_training_flags
from a2bm2gl_tf.errors import UserError


def _parse(*arguments):
    values = flags.FlagValues()
    define_training_flags(values)
    recipes.parse(values, "train.py", arguments)
    return config_from_flags(values)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--loss=hinge"], "loss"),
        (["--embedding_width=3"], "embedding_width"),
        (["--dimension=0"], "dimension"),
        (["--epochs=many"], "epochs"),
        (["--neighbourhood=nearest"], "neighbourhood"),
    ],
)
def test_values_that_absl_refuses(arguments, said):
    with pytest.raises(flags.Error, match=said):
        _parse(*arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--monitor=ndcg@7"], "--monitor=ndcg@7"),
        (["--top_k=5,ten"], "--top_k=5,ten"),
        (["--top_k=0"], "--top_k=0"),
        (["--jit_compile", "--propagation=csr"], "--propagation=segment"),
        (["--log_prior", "--neighbourhood=full"], "--log_prior"),
        (["--surfing_alpha=1.5"], "--surfing_alpha"),
        (["--beam=3", "--top_m=9"], "--beam=3"),
        (["--dropout=1"], "--dropout"),
        (["--learn_self_loop", "--self_loop_weight=0"], "--self_loop_weight"),
        (["--temperature=0"], "--temperature"),
        (["--learning_rate=0"], "--learning_rate"),
        (["--jit_compile", "--precision=mixed_float16"], "mixed_bfloat16"),
        (["--jit_compile", "--batches_per_propagation=2"], "--batches_per_propagation=1"),
        (["--jit_compile", "--strategy=mirrored"], "--strategy=mirrored"),
        (["--refit", "--nomask_validation"], "--refit learns from the validation items"),
        (["--flagfile=tiktok.flags", "--refit"], "--nomask_validation"),
        (["--strategy=multi_worker", "--precision=mixed_float16"], "mixed_bfloat16"),
    ],
)
def test_contradictions(arguments, said):
    with pytest.raises(UserError, match=said):
        _parse(*arguments)


def test_flagfiles_by_bare_name_and_unknown_ones():
    assert _parse("--flagfile=ml100k.flags").dataset == "ml100k"
    assert _parse("--flagfile", "tiktok.flags").dataset == "tiktok"
    with pytest.raises(UserError, match=r"netflix.flags.*ml100k.flags"):
        _parse("--flagfile=netflix.flags")


@pytest.mark.parametrize(
    "name", ["synthetic", "ml100k", "tiktok", "kwai", "tiktok_size", "paper_literal"]
)
def test_every_recipe_parses_and_survives_json(name):
    config = _parse(f"--flagfile={name}.flags")
    assert RunConfig.from_json(config.to_json()) == config


def test_paper_literal_restores_the_printed_form_over_a_recipe():
    config = _parse("--flagfile=ml100k.flags", "--flagfile=paper_literal.flags")
    assert config.dataset == "ml100k"
    assert config.loss.margin_scale == "literal"
    assert config.loss.boundary_pooling == "sum"
    assert not config.loss.boundary_stop_gradient
    assert config.model_config.semantic_activation == "relu"
    assert (config.loss.margin_weight, config.loss.structural_weight) == (0.5, 0.6)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("train", [], "--output_dir"),
        ("train", ["--output_dir=OUT", "--losss=bpr"], "losss"),
        ("train", ["--output_dir=OUT", "epochs=3"], "epochs=3"),
        ("train", ["--output_dir=OUT", "--dataset=ml100k"], "--data_dir"),
        ("train", ["--output_dir=OUT", "--knn=5000"], "--knn=5000"),
        ("train", ["--output_dir=OUT", "--top_k=10,5000"], "--top_k=5000"),
        ("evaluate", ["--output_dir=OUT"], "no run there"),
        ("export", ["--output_dir=OUT"], "no run there"),
        ("recommend", ["--export_dir=OUT", "--users=a"], "OUT"),
        ("recommend", ["--export_dir=OUT"], "--users"),
    ],
)
def test_commands_say_one_line_and_write_nothing(
    tmp_path, monkeypatch, capsys, name, arguments, said
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
    script = importlib.import_module(f"a2bm2gl_tf.commands.{name}")
    with pytest.raises(SystemExit) as ended:
        run(script.main, script.define_flags)
    assert ended.value.code == 2
    errors = capsys.readouterr().err.splitlines()
    assert len([line for line in errors if line.startswith("error:")]) == 1
    assert said in errors[-1]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_real_process_ends_the_same_way(command, tmp_path):
    result = command("train", "--output_dir=OUT", "--losss=bpr", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith("error: Unknown command line flag 'losss'")
    assert "Traceback" not in result.stderr


def test_help_lists_every_flag(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["train.py", "--help"])
    run(train.main, train.define_flags)
    shown = capsys.readouterr().out
    assert "--neighbourhood" in shown
    assert "--[no]refit" in shown


def test_unknown_user_is_named(command, finished_run):
    result = command("recommend", f"--export_dir={finished_run}/export", "--users=nobody")
    assert result.returncode == 2
    assert "nobody" in result.stderr


@pytest.mark.slow
def test_exporting_twice_needs_overwrite(command, finished_run):
    again = command("export", f"--output_dir={finished_run}")
    assert again.returncode == 2
    assert "--overwrite" in again.stderr or "overwritten" in again.stderr
    assert command("export", f"--output_dir={finished_run}", "--overwrite").returncode == 0


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "~nobody_of_this_name/x"])
def test_flagfiles_that_no_file_can_be(name):
    with pytest.raises(UserError, match=r"^--flagfile="):
        split_arguments([f"--flagfile={name}"])


def test_a_value_for_a_negated_flag(in_process, tmp_path):
    status, _, said = in_process("train", "--norefit=16", cwd=tmp_path)
    assert status == 2
    assert said == (
        "error: --norefit=16 does not take an argument; write --flag, --noflag or --flag=value\n"
    )
