from pathlib import Path

import pytest
from absl import flags

import a2bm2gl_tf.data.formats  # noqa: F401
from a2bm2gl_tf.commands.prepare_flags import (
    define_prepare_flags,
    format_options,
    preparation_options,
)
from a2bm2gl_tf.data.formats.registry import format_names

_RECIPES = sorted((Path(__file__).resolve().parents[2] / "flags").glob("prepare_*.flags"))


@pytest.mark.parametrize("path", _RECIPES, ids=lambda path: path.stem)
def test_every_recipe_names_a_known_format_and_its_own_command(path):
    values = flags.FlagValues()
    define_prepare_flags(values)
    values(["prepare.py", f"--flagfile={path}"])
    preparation_options(values)
    format_options(values)
    assert values.format in format_names()
    assert f"--flagfile={path.name}" in path.read_text()
