"""A recipe is for the model that it names; the command line goes before it."""

import logging
import re
from pathlib import Path

import pytest
from absl import flags

from a2bm2gl_tf.commands import benchmark, evaluate, recipes, surfing_curve, train
from a2bm2gl_tf.commands.flag_values import config_from_flags
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.methods.registry import METHODS

_FLAGS = Path(__file__).resolve().parents[2] / "flags"
_RECIPES = sorted(
    path.name
    for path in _FLAGS.glob("*.flags")
    if not path.name.startswith(("prepare_", "comparison", "tune_"))
)


def _values(command, *arguments):
    values = flags.FlagValues()
    command.define_flags(values)
    program = command.__name__.rpartition(".")[2] + ".py"
    assert recipes.parse(values, program, arguments) == []
    return values


def _parse(*arguments):
    return config_from_flags(_values(train, *arguments))


@pytest.fixture
def flagfile(tmp_path, monkeypatch):
    """Writes a flagfile into the working directory and gives its --flagfile."""
    monkeypatch.chdir(tmp_path)

    def write(name, *lines):
        (tmp_path / name).write_text("\n".join(lines) + "\n")
        return f"--flagfile={name}"

    return write


@pytest.fixture
def told(monkeypatch, caplog):
    """Gives the lines that were logged since it was last asked."""
    monkeypatch.setattr(logging.getLogger("a2bm2gl_tf"), "propagate", True)
    caplog.set_level(logging.INFO, "a2bm2gl_tf")

    def since():
        lines = list(caplog.messages)
        caplog.clear()
        return lines

    return since


@pytest.mark.parametrize("name", _RECIPES)
def test_every_recipe_names_its_model_and_trains_every_other_by_its_own_defaults(name, told):
    values = _values(train, f"--flagfile={name}")
    recipe = config_from_flags(values)
    assert values["model"].present
    assert values.model == "a2bm2gl"
    assert told() == []
    budget = ("epochs", "evaluate_every", "patience", "monitor")
    given = {flag: values[flag].value for flag in budget if values[flag].present}
    for method in METHODS.keys() - {"a2bm2gl"}:
        config = _parse(f"--flagfile={name}", f"--model={method}")
        assert (config.dataset, config.data) == (recipe.dataset, recipe.data)
        assert (config.evaluation, config.refit) == (recipe.evaluation, recipe.refit)
        expected = METHODS[method].fit_settings(**given)
        assert config.model_config == expected.model_config, method
        assert config.loss == expected.loss, method
        assert config.training == expected.training, method


def test_one_line_names_what_does_not_apply(told, flagfile):
    option = flagfile(
        "mine.flags",
        "# Mine.",
        "--model=a2bm2gl",
        "--nosemantic",
        "--l2=3",
        "",
        "--seed=4",
        "--model_settings=",
        "--epochs=7",
        "--strategy=mirrored",
        "--nomask_validation",
    )
    config = _parse(option, "--model=bpr_mf")
    assert told() == [
        "--flagfile=mine.flags is a recipe for a2bm2gl; with --model=bpr_mf these of its lines do "
        "not apply: --nosemantic --l2=3 --model_settings="
    ]
    assert config.model_config.semantic
    assert (config.training.epochs, config.training.strategy) == (7, "mirrored")
    assert config.data.seed == config.training.seed == 4
    assert not config.evaluation.mask_validation
    assert _parse(option, "--model=a2bm2gl").loss.l2 == _parse(option).loss.l2 == 3.0


def test_the_command_line_goes_before_a_recipe_wherever_it_stands():
    recipe = ("--flagfile", "tiktok.flags")
    for line in (
        ("--model", "lightgcn", "--l2=2", "--epochs=9", *recipe),
        (*recipe, "-model=lightgcn", "--l2=2", "--epochs=9"),
        ("--l2=2", *recipe, "--model=bpr_mf", "--epochs=9", "--model=lightgcn"),
    ):
        config = _parse(*line)
        assert config.model == "lightgcn"
        assert (config.loss.l2, config.training.epochs) == (2.0, 9)
        assert config.loss.name == "bpr"
    assert _parse("--l2=2", *recipe).loss.l2 == 2.0


def test_of_several_flagfiles_the_last_wins_and_names_the_model(flagfile, told):
    mine = flagfile("mine.flags", "--model=bpr_mf", "--l2=0.5", "--epochs=3")
    config = _parse("--flagfile=synthetic.flags", mine)
    assert (config.model, config.loss.l2, config.loss.name) == ("bpr_mf", 0.5, "bpr")
    assert (config.training.epochs, config.training.patience) == (3, 6)
    assert [line.partition(" ")[0] for line in told()] == ["--flagfile=synthetic.flags"]
    config = _parse(mine, "--flagfile=synthetic.flags")
    assert (config.model, config.loss.l2, config.training.epochs) == ("a2bm2gl", 3.0, 200)
    assert [line.partition(" ")[0] for line in told()] == ["--flagfile=mine.flags"]


def test_a_flagfile_without_a_model_is_for_any(flagfile, told):
    mine = flagfile("mine.flags", "--l2=0.5", "--batch_users=7")
    config = _parse("--flagfile=synthetic.flags", mine, "--model=bpr_mf")
    assert (config.loss.l2, config.training.batch_users) == (0.5, 7)
    assert len(told()) == 1


def test_a_flagfile_goes_before_what_it_includes(flagfile, told):
    include = "--flagfile=synthetic.flags"
    variant = flagfile("variant.flags", "--l2=9", include)
    assert _parse(variant).loss.l2 == 9.0
    # A variant of a recipe is a recipe for the same model, and what it includes, one for its own.
    assert _parse(variant, "--model=bpr_mf").loss.l2 == METHODS["bpr_mf"].settings["l2"]
    assert [line.partition(" ")[0] for line in told()] == [include, variant]
    other = flagfile("other.flags", "--model=bpr_mf", "--l2=9", include)
    config = _parse(other)
    assert (config.model, config.loss.name, config.loss.l2) == ("bpr_mf", "bpr", 9.0)
    assert config.training.evaluate_every == 5
    flagfile("common.flags", "--l2=8")
    outer = flagfile("outer.flags", "--model=bpr_mf", "--flagfile=common.flags")
    assert _parse(outer).loss.l2 == 8.0
    assert _parse(outer, "--model=lightgcn").loss.l2 == METHODS["lightgcn"].settings["l2"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["--flagfile=mine.flags"], "--flagfile=mine.flags: includes itself"),
        (["epochs=3"], "'epochs=3' is not a line like --flag=value"),
        (["--"], "'--' is not a line"),
        (["--output_dir=a\0b"], r"'--output_dir=a\x00b' is not a line"),
        (["--epoch=3"], "--flagfile=mine.flags: train.py has no flag --epoch;"),
        (["--flagfile=absent.flags"], "--flagfile=absent.flags: no such file"),
    ],
)
def test_faults_of_a_flagfile_name_it(flagfile, lines, said):
    with pytest.raises(UserError, match=re.escape(said)):
        _parse(flagfile("mine.flags", *lines))


@pytest.mark.parametrize("length", [150, 3000])
def test_a_flag_of_thousands_of_characters_is_one_line(flagfile, length):
    text = "--" + "x" * length
    for arguments in ([text], [flagfile("mine.flags", f"{text}=3")]):
        with pytest.raises(UserError, match=r"^--x{38}\.\.\.: train.py has no flag of such"):
            _parse(*arguments)
    # What is no flag may be as long as it likes.
    values = flags.FlagValues()
    flags.DEFINE_string("output_dir", None, "-", flag_values=values)
    assert recipes.parse(values, "x.py", ["--", text]) == [text]
    assert recipes.parse(values, "x.py", [f"--output_dir={text}"]) == []


def test_includes_end_somewhere(flagfile):
    flagfile("0.flags", "--l2=3")
    for depth in range(1, 12):
        flagfile(f"{depth}.flags", f"--flagfile={depth - 1}.flags")
    assert _parse("--flagfile=9.flags").loss.l2 == 3.0
    with pytest.raises(UserError, match=r"1.flags: is included through more than 10 files"):
        _parse("--flagfile=11.flags")


def test_a_flagfile_that_is_missing_or_no_text(flagfile, tmp_path):
    with pytest.raises(UserError, match="--flagfile: name a file"):
        _parse("--flagfile")
    (tmp_path / "weights.bin").write_bytes(b"\xff\xfe\x00--l2=3")
    with pytest.raises(UserError, match=r"weights.bin: cannot be read as text"):
        _parse("--flagfile=weights.bin")
    with pytest.raises(flags.UnrecognizedFlagError):
        _parse(flagfile("mine.flags", "--l2=3"), "--epoch=3")


def test_a_comparison_takes_data_and_evaluation_of_a_recipe_alone(told):
    values = _values(benchmark, "--flagfile=tiktok.flags", "--trials=1")
    assert (values.dataset, values.monitor) == ("tiktok", "recall@20")
    assert not values.mask_validation
    assert values.epochs == _values(benchmark).epochs != 150
    (line,) = told()
    assert line.startswith("--flagfile=tiktok.flags is a recipe for a2bm2gl; with benchmark.py ")
    assert ": --model=a2bm2gl --dimension=64 --num_layers=2" in line
    for name in _RECIPES:
        _values(benchmark, f"--flagfile={name}")
    assert _values(benchmark, "--flagfile=kwai.flags", "--epochs=4").epochs == 4
    assert _values(surfing_curve, "--flagfile=kwai.flags").num_users == 10000
    with pytest.raises(UserError, match=r"tiktok.flags: evaluate.py has no flag --dataset"):
        _values(evaluate, "--flagfile=tiktok.flags")


def test_the_lightgcn_line_of_the_tiktok_recipe():
    header = (_FLAGS / "tiktok.flags").read_text()
    line = re.search(r"^# +\.\.\. (--model=lightgcn.*)$", header, re.MULTILINE)
    config = _parse("--flagfile=tiktok.flags", *line[1].split())
    assert (config.model, config.model_config.num_layers) == ("lightgcn", 3)
    assert config.model_config.dimension == 64
    loss, training = config.loss, config.training
    assert (loss.name, loss.l2, loss.structural_weight) == ("bpr", 0.3, 0.0)
    assert (training.batch_users, training.learning_rate) == (1024, 0.005)
    assert (training.epochs, training.evaluate_every, training.patience) == (200, 10, 4)
    assert training.monitor == "recall@20"
    assert not config.evaluation.mask_validation
