import json
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

_FLAGS = Path(__file__).resolve().parents[2] / "flags"
_RECIPES = sorted(_FLAGS.glob("prepare_*.flags"))


@pytest.mark.parametrize("path", _RECIPES, ids=lambda path: path.stem)
def test_every_recipe_names_a_known_format_and_its_own_command(path):
    values = flags.FlagValues()
    define_prepare_flags(values)
    values(["prepare.py", f"--flagfile={path}"])
    preparation_options(values)
    format_options(values)
    assert values.format in format_names()
    assert f"--flagfile={path.name}" in path.read_text()


# Counted from the files without this package, but for the two samples of MMGCN.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "folder", "counts", "parts"),
    [
        ("gowalla", "gowalla", (29858, 40981, 1027370), (727869, 82259, 217242)),
        ("tiktok", "tiktok", (9308, 6710, 68722), (59541, 3051, 6130)),
        ("microlens", "microlens-50k", (50000, 19220, 359708), (259708, 50000, 50000)),
        ("mmgcn_tiktok", "mmgcn-samples/tiktok", (100, 1651, 2089), (1740, 189, 160)),
        ("mmgcn_movielens", "mmgcn-samples/movielens", (100, 1141, 2641), (2071, 263, 307)),
        ("ml100k", "ml-100k", (943, 1682, 100000), (71943, 8057, 20000)),
    ],
)
def test_a_recipe_gives_the_counts_of_its_header(
    command, real_data, tmp_path, recipe, folder, counts, parts
):
    arguments = [f"--flagfile=prepare_{recipe}.flags", f"--input={real_data(folder)}"]
    if recipe == "ml100k":
        features = real_data("ml-100k-features")
        arguments += [
            f"--content=text={features / 'text_feat.npy'}",
            f"--content=poster={features / 'poster_feat_524.npy'}",
        ]
    result = command("prepare", *arguments, f"--output_dir={tmp_path}/out")
    assert result.returncode == 0, result.stderr
    found = json.loads((tmp_path / "out" / "manifest.json").read_text())["counts"]
    assert tuple(found[name] for name in ("users", "items", "interactions")) == counts
    assert tuple(found["folds"][0][name] for name in ("train", "validation", "test")) == parts
    header = (_FLAGS / f"prepare_{recipe}.flags").read_text()
    for number in (*counts, *parts):
        assert f"{number:,}" in header
