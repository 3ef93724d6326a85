import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from a2bm2gl_tf.commands.command_line import run as run_command

_ROOT = Path(__file__).resolve().parents[2]
_ENVIRONMENT = os.environ | {"CUDA_VISIBLE_DEVICES": ""}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Has one process run all tests of the finished run, which takes long to make."""
    for item in items:
        grouped = item.get_closest_marker("xdist_group") is not None
        if "finished_run" in getattr(item, "fixturenames", ()) and not grouped:
            item.add_marker(pytest.mark.xdist_group("finished_run"))


@pytest.fixture(scope="session")
def command():
    """Runs a script as a user would, from another directory."""

    def run(name, *arguments, cwd="/", **options):
        line = [sys.executable, str(_ROOT / "run_scripts" / f"{name}.py"), *map(str, arguments)]
        return subprocess.run(
            line, cwd=cwd, env=_ENVIRONMENT, capture_output=True, text=True, check=False, **options
        )

    run.start = lambda name, *arguments: subprocess.Popen(
        [sys.executable, str(_ROOT / "run_scripts" / f"{name}.py"), *map(str, arguments)],
        env=_ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return run


@pytest.fixture
def in_process(monkeypatch, capsys):
    """Runs a command without a new process: (exit status, standard output, standard error)."""

    def call(name, *arguments, cwd):
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *map(str, arguments)])
        module = importlib.import_module(f"a2bm2gl_tf.commands.{name}")
        status = 0
        try:
            run_command(module.main, module.define_flags)
        except SystemExit as ended:
            status = ended.code
        return status, *capsys.readouterr()

    return call


SMALL = (
    "--num_users=80",
    "--num_items=60",
    "--num_interactions=1600",
    "--dimension=8",
    "--top_m=8",
    "--batch_users=30",
    "--epochs=30",
    "--evaluate_every=3",
    "--patience=0",
    "--refresh_every=4",
)


@pytest.fixture(scope="session")
def small_flags():
    """A run of the generated data that takes seconds."""
    return SMALL


@pytest.fixture(scope="session")
def finished_run(command, tmp_path_factory):
    """The output directory of a finished small run, with its export."""
    directory = tmp_path_factory.mktemp("run") / "out"
    trained = command("train", *SMALL, f"--output_dir={directory}")
    assert trained.returncode == 0, trained.stderr
    exported = command("export", f"--output_dir={directory}")
    assert exported.returncode == 0, exported.stderr
    return directory
