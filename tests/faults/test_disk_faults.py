"""A full and a read-only file system, in a mount namespace of the test's own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.faults.forked_commands import Zygote
from tests.faults.killing import check_whole, outcome

pytestmark = pytest.mark.slow

# At these sizes of the disk, in KiB, the run fails at one place after the other.
_SIZES = (8, 24, 56, 72, 88, 104, 136, 160, 180, 200)
_MODEL = "--model=bpr_mf"


class Disk:
    """A small file system that this process sees through `seen` and commands at `place`."""

    def __init__(self, place: Path):
        self.place = place
        mount = f'mount -t tmpfs -o size=4m none {place} && exec "$@"'
        self.zygote = Zygote(["unshare", "-m", "--propagation", "private", "sh", "-c", mount, "sh"])
        self.seen = Path(f"/proc/{self.zygote.number}/root{place}")

    def remount(self, options: str) -> None:
        """Changes its size or its mode."""
        namespace = ["nsenter", "-t", str(self.zygote.number), "-m"]
        line = [*namespace, "mount", "-o", f"remount,{options}", str(self.place)]
        subprocess.run(line, check=True)

    def run(self, command: str, log: Path, *flags: object) -> tuple[int, str]:
        """The exit status of a command and the last line that it printed."""
        log.unlink(missing_ok=True)
        status, _, _ = self.zygote.run(list(map(str, flags)), log, command=command)
        assert os.WIFEXITED(status)
        text = log.read_text()
        assert "Traceback" not in text
        return os.waitstatus_to_exitcode(status), (text.splitlines() or [""])[-1]

    def names(self) -> list[str]:
        """All files."""
        return sorted(str(p.relative_to(self.seen)) for p in self.seen.rglob("*") if p.is_file())


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """A disk whose size and mode a test may change."""
    place = tmp_path_factory.mktemp("disk")
    allowed = shutil.which("unshare") and shutil.which("nsenter")
    trial = ["unshare", "-m", "mount", "-t", "tmpfs", "none", str(place)]
    if not allowed or subprocess.run(trial, capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here: they take root, or the rights of a container")
    made = Disk(place)
    yield made
    made.zygote.stop()


@pytest.fixture
def empty_disk(disk):
    disk.remount("rw,size=4m")
    for path in disk.seen.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return disk


def test_a_run_that_a_full_disk_stopped_goes_on_once_there_is_room(
    empty_disk, whole_run, short_run, tmp_path
):
    flags = [*short_run, _MODEL, f"--output_dir={empty_disk.place}/run"]
    places = []
    for size in _SIZES:
        empty_disk.remount(f"size={size}k")
        status, said = empty_disk.run("train", tmp_path / "log", *flags)
        assert status == 2
        assert said.startswith("error: /"), said
        assert said.endswith("No space left on device; make room and give the command again")
        places.append(Path(said.split(":")[1].strip()).relative_to(empty_disk.place / "run"))
        check_whole(empty_disk.seen / "run", whole_run)
        hidden = [name for name in empty_disk.names() if "/." in name]
        assert set(hidden) <= {"run/.lock"}
    empty_disk.remount("size=4m")
    status, said = empty_disk.run("train", tmp_path / "log", *flags)
    assert status == 0, said
    assert outcome(empty_disk.seen / "run") == outcome(whole_run)
    print("stopped at", *places, sep="\n  ")
    assert len({path.parent for path in places}) > 2


def _commands(disk, whole_run, tmp_path):
    """Command -> its flags, each of which writes to `out` on the disk."""
    (tmp_path / "data.csv").write_text(
        "user,item\n" + "".join(f"{u},{i}\n" for u in range(300) for i in range(u % 9, 90, 9))
    )
    out = f"--output_dir={disk.place}/out"
    return {
        "generate": ["--like=kwai", out, "--num_users=400", "--num_items=600", "--visual=none",
                     "--num_interactions=9000"],
        "prepare": [f"--input={tmp_path}/data.csv", out],
        "export": [f"--output_dir={whole_run}", f"--export_dir={disk.place}/out"],
    }  # fmt: skip


@pytest.mark.parametrize("command", ["generate", "prepare", "export"])
def test_what_does_not_fit_leaves_nothing_and_is_whole_afterwards(
    empty_disk, whole_run, tmp_path, command
):
    flags = _commands(empty_disk, whole_run, tmp_path)[command]
    empty_disk.remount("size=16k")
    status, said = empty_disk.run(command, tmp_path / "log", *flags)
    assert (status, said[:7]) == (2, "error: ")
    assert "No space left on device" in said or "written" in said
    assert empty_disk.names() == []
    empty_disk.remount("size=4m")
    assert empty_disk.run(command, tmp_path / "log", *flags)[0] == 0
    empty_disk.remount("ro")
    again = [flag.replace("/out", "/other") for flag in flags]
    before = empty_disk.names()
    status, said = empty_disk.run(command, tmp_path / "log", *again)
    assert (status, said[:7]) == (2, "error: ")
    assert "Read-only file system" in said
    assert empty_disk.names() == before != []


def test_a_finished_run_is_read_where_nothing_can_be_written(
    empty_disk, whole_run, short_run, tmp_path
):
    shutil.copytree(whole_run, empty_disk.seen / "run")
    (empty_disk.seen / "new").mkdir()
    empty_disk.remount("ro")
    flags = [*short_run, _MODEL]
    status, _ = empty_disk.run(
        "train", tmp_path / "log", *flags, f"--output_dir={empty_disk.place}/run"
    )
    assert status == 0
    assert "finished already" in (tmp_path / "log").read_text()
    run = f"--output_dir={empty_disk.place}/run"
    assert empty_disk.run("evaluate", tmp_path / "log", run)[0] == 0
    new = f"--output_dir={empty_disk.place}/new"
    status, said = empty_disk.run("train", tmp_path / "log", *flags, new)
    assert status == 2
    assert said == (f"error: {new}: Read-only file system; make it writable, or choose another")
