"""describe.py as a user runs it, on data that generate.py and prepare.py made."""

import json

import pytest
from PIL import Image


@pytest.fixture(scope="module")
def made(command, tmp_path_factory):
    """A folder that holds prepared data of 60 users and 80 items, in three folds."""
    folder = tmp_path_factory.mktemp("made")
    sizes = ("--num_users=60", "--num_items=80", "--num_interactions=1200")
    for name, *arguments in (
        ("generate", "--like=movielens", "--output_dir=raw", *sizes),
        ("prepare", "--input=raw", "--output_dir=ready", "--folds=3"),
    ):
        result = command(name, *arguments, cwd=folder)
        assert result.returncode == 0, result.stderr
    return folder


def test_text_pictures_page_and_numbers(command, made):
    result = command("describe", "--data_dir=ready", cwd=made)
    assert result.returncode == 0, result.stderr
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "all 60 80 1,200 75.00%" in lines
    assert "repeated pairs of user and item 0 1,200 0.0% ok" in lines
    folder = made / "ready_description"
    assert lines[-1] == f"report in {folder / 'report.html'}"
    names = {"degrees.png", "lorenz.png", "modalities.png", "times.png"}
    assert {path.name for path in folder.iterdir()} == names | {"report.html", "statistics.json"}
    for name in names:
        with Image.open(folder / name) as image:
            assert len(image.convert("RGB").getcolors(2**20)) > 20
    statistics = json.loads((folder / "statistics.json").read_text())
    assert statistics["size"]["interactions"] == 1200
    assert len(statistics["folds"]) == 3
    tested = [fold["parts"]["test"]["interactions"] for fold in statistics["folds"]]
    assert sum(tested) == 1200
    assert "1,200" in (folder / "report.html").read_text()


def test_an_earlier_description_is_replaced(command, made):
    out = made / "out"
    for _ in range(2):
        result = command("describe", "--data_dir=ready", "--output_dir=out", cwd=made)
        assert result.returncode == 0, result.stderr
        (out / "degrees.png").write_bytes(b"old")
    assert not [path for path in made.iterdir() if path.name.startswith(".")]


def test_a_description_that_fails_leaves_the_earlier_one(in_process, made, monkeypatch):
    out = made / "kept"
    assert in_process("describe", "--data_dir=ready", f"--output_dir={out}", cwd=made)[0] == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("a2bm2gl_tf.commands.describe.write_json", full)
    status, output, errors = in_process(
        "describe", "--data_dir=ready", f"--output_dir={out}", cwd=made
    )
    assert (status, output) == (2, "")
    assert "No space left on device" in errors.splitlines()[-1]
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--data_dir"),
        (["--data_dir=nowhere"], "nowhere"),
        (["--data_dir=raw"], "manifest.json"),
        (["--data_dir=ready", "--output_dir=raw"], "left alone"),
        (["--data_dir=ready", "--output_dir=raw/u.data"], "is a file"),
        (["--data_dir=ready", "--output_dir=raw/u.data/deep"], "raw/u.data/deep"),
        (["--data_dir=ready", "--output_dir=ready/report"], "lies in --data_dir"),
    ],
)
def test_mistakes_are_one_line(in_process, made, arguments, said):
    before = sorted(made.rglob("*"))
    status, output, errors = in_process("describe", *arguments, cwd=made)
    assert (status, output) == (2, "")
    assert len([line for line in errors.splitlines() if line.startswith("error:")]) == 1
    assert said in errors.splitlines()[-1]
    assert sorted(made.rglob("*")) == before
