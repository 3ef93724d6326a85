"""generate.py as a user runs it."""

import json

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--like"),
        (["--like=netflix"], "like"),
        (["--like=kwai"], "--output_dir"),
        (["--like=kwai", "--output_dir=OUT", "--scale=0"], "--scale"),
        (["--like=kwai", "--output_dir=OUT", "--num_interactions=5"], "--num_interactions=5"),
        (["--like=movielens", "--output_dir=OUT", "--negative_share=0.1"], "--negative_share"),
        (["--like=kwai", "--output_dir=OUT", "--negative_share=0.9"], "--negative_share=0.9"),
        (["--like=tiktok", "--output_dir=OUT", "--visual=none"], "--visual"),
        (["--like=tiktok", "--output_dir=taken"], "not empty"),
        (["--like=tiktok", "--output_dir=taken/file"], "is a file"),
        (["--like=movielens", "--output_dir=taken/file/OUT"], "taken/file/OUT"),
    ],
)
def test_mistakes_are_one_line(in_process, tmp_path, arguments, said):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("mine")
    status, output, errors = in_process("generate", *arguments, cwd=tmp_path)
    assert status == 2
    assert said in errors.splitlines()[-1]
    assert [line for line in errors.splitlines() if line.startswith("error:")] == [
        errors.splitlines()[-1]
    ]
    assert output == ""
    assert [path.name for path in tmp_path.rglob("*")] == ["taken", "file"]


def test_writes_into_an_empty_folder_and_says_so(command, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    sizes = ("--num_users=40", "--num_items=60", "--num_interactions=500", "--seed=7")
    result = command("generate", "--like=kwai", f"--output_dir={folder}", *sizes, "--visual=none")
    assert result.returncode == 0, result.stderr
    assert "40 users, 60 items, 500 interactions, 125 other records" in result.stdout
    table = np.loadtxt(folder / "train_interaction.txt", np.int64)
    assert table[:, 2].sum() == 500
    assert {path.name for path in folder.iterdir()} == {
        "generated.json",
        "train_interaction.txt",
        "train_text.txt",
    }
    record = json.loads((folder / "generated.json").read_text())
    assert (record["like"], record["seed"], record["num_items"]) == ("kwai", 7, 60)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
