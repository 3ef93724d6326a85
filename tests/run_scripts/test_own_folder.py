"""inspect.py among the scripts must not hide Python's own module from any of them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "run_scripts"
_SCRIPTS = sorted(_FOLDER.glob("*.py"))


def _beginning(script: Path) -> str:
    """A script up to its first import of the package, which is what this is all about."""
    module = ast.parse(script.read_text())
    first = next(
        node.lineno
        for node in module.body
        if isinstance(node, ast.ImportFrom) and node.module.startswith("a2bm2gl_tf")
    )
    return "\n".join(script.read_text().splitlines()[: first - 1])


def _run(arguments, cwd):
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("script", _SCRIPTS, ids=lambda script: script.name)
def test_a_script_does_not_find_its_neighbours_before_pythons_modules(script, tmp_path):
    folder = tmp_path / "checkout" / "run_scripts"
    folder.mkdir(parents=True)
    (folder / "inspect.py").write_text("raise RuntimeError('inspect of the scripts')\n")
    check = "import inspect\nprint(sys.path[0])\nassert inspect.signature\n"
    copied = folder / f"copy_of_{script.name}"
    copied.write_text(f"{_beginning(script)}\n{check}")
    ended = _run([copied.name], folder)
    assert ended.returncode == 0, f"{script.name} must begin as the others do: {ended.stderr}"
    assert ended.stdout.strip() == str(folder.parent)


def test_python_that_leaves_the_folder_out_keeps_its_own_entries(tmp_path):
    # With -P the first entry is not the script's folder and has to stay.
    copied = tmp_path / "run_scripts" / "train.py"
    copied.parent.mkdir()
    copied.write_text(f"{_beginning(_FOLDER / 'train.py')}\nimport inspect, json\n")
    assert _run(["-P", str(copied)], tmp_path).returncode == 0


def test_processes_started_from_within_the_folder_find_pythons_inspect():
    # multiprocessing's children start with the current folder on their path until they are told
    # their parent's; what they import before that must not be there.
    code = (
        "import sys\nfrom multiprocessing.spawn import spawn_main\n"
        "from multiprocessing.resource_tracker import main\nassert 'inspect' not in sys.modules\n"
    )
    ended = _run(["-c", code], _FOLDER)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("script", _SCRIPTS, ids=lambda script: script.name)
@pytest.mark.slow
def test_every_script_starts_in_its_own_folder(script):
    ended = _run([script.name, "--help"], _FOLDER)
    assert ended.returncode == 0, ended.stderr
    assert "--log_format" in ended.stdout
