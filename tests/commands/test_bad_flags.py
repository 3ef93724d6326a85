"""A mistake on the command line is one line, exit status 2, and nothing on disk."""

import pytest
from absl import flags

from a2bm2gl_tf.commands.command_line import resolve_flagfiles
from a2bm2gl_tf.commands.run_config import RunConfig
from a2bm2gl_tf.commands.training_flags import config_from_flags, define_training_flags
from a2bm2gl_tf.errors import UserError


def _parse(*arguments):
    values = flags.FlagValues()
    define_training_flags(values)
    values(["train.py", *resolve_flagfiles(arguments)])
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


@pytest.mark.parametrize("name", ["synthetic", "ml100k", "tiktok", "kwai", "paper_literal"])
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
def test_commands_say_one_line_and_write_nothing(command, tmp_path, name, arguments, said):
    result = command(name, *arguments, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    errors = [line for line in result.stderr.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert said in errors[0]
    assert "Traceback" not in result.stderr
    written = [p for p in tmp_path.rglob("*") if p.is_file() and p.name != "config.json"]
    assert not written


def test_unknown_user_is_named(command, finished_run):
    result = command("recommend", f"--export_dir={finished_run}/export", "--users=nobody")
    assert result.returncode == 2
    assert "nobody" in result.stderr


def test_exporting_twice_needs_overwrite(command, finished_run):
    again = command("export", f"--output_dir={finished_run}")
    assert again.returncode == 2
    assert "--overwrite" in again.stderr or "overwritten" in again.stderr
    assert command("export", f"--output_dir={finished_run}", "--overwrite").returncode == 0
