import pytest

from tests.faults.forked_commands import Zygote

# A checkpoint after every step, a validation after every epoch of three.
FLAGS = (
    "--num_users=60",
    "--num_items=50",
    "--num_interactions=900",
    "--dimension=8",
    "--batch_users=20",
    "--epochs=6",
    "--evaluate_every=1",
    "--patience=0",
    "--checkpoint_seconds=0",
    "--refit",
)


@pytest.fixture(scope="session")
def short_run():
    """Flags of a run of 18 steps and as many in its refit, but for its model."""
    return FLAGS


@pytest.fixture(scope="session")
def zygote():
    """Starts commands without importing everything anew."""
    started = Zygote()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def whole_run(zygote, short_run, tmp_path_factory):
    """The directory of an uninterrupted run of bpr_mf."""
    directory = tmp_path_factory.mktemp("whole") / "run"
    log = directory.with_suffix(".log")
    flags = [*short_run, "--model=bpr_mf", f"--output_dir={directory}"]
    status, _, _ = zygote.run(flags, log)
    assert status == 0, log.read_text()
    return directory
