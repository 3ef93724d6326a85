import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from a2bm2gl_tf import directory_lock
from a2bm2gl_tf.directory_lock import DirectoryLock
from a2bm2gl_tf.errors import UserError

_ROOT = Path(__file__).resolve().parents[1]
_HOLD = """
import subprocess, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from a2bm2gl_tf.directory_lock import DirectoryLock
lock = DirectoryLock(Path(sys.argv[2]))
child = subprocess.Popen(["sleep", "30"])
print(child.pid, flush=True)
child.wait()
"""


def test_a_second_writer_is_refused_in_one_line_that_names_the_first(tmp_path):
    with DirectoryLock(tmp_path / "new" / "run"):
        with pytest.raises(UserError) as caught:
            DirectoryLock(tmp_path / "new" / "run")
        assert str(caught.value) == (
            f"--output_dir={tmp_path}/new/run: another command is writing there (process "
            f"{os.getpid()}); wait for it, or give another directory"
        )
        # To be refused takes nothing away.
        with pytest.raises(UserError):
            DirectoryLock(tmp_path / "new" / "run")
    DirectoryLock(tmp_path / "new" / "run").release()


def test_a_killed_owner_holds_nobody_up_and_neither_do_its_children(tmp_path):
    owner = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(_ROOT), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    child = int(owner.stdout.readline())
    try:
        with pytest.raises(UserError, match=rf"\(process {owner.pid}\)"):
            DirectoryLock(tmp_path)
        owner.kill()
        owner.wait()
        os.kill(child, 0)
        DirectoryLock(tmp_path).release()
    finally:
        os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("content", [b"", b"x", b"99999999999999999999999999", b"\xff\n"])
def test_what_the_file_holds_does_not_matter(tmp_path, content):
    (tmp_path / ".lock").write_bytes(content)
    DirectoryLock(tmp_path).release()


def test_an_unusable_place_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"^--export_dir=.*: Not a directory; make it writable"):
        DirectoryLock(tmp_path / "file" / "run", "export_dir")


def test_without_locks_of_the_file_system_there_is_a_warning(tmp_path, monkeypatch, caplog):
    def unsupported(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(directory_lock.fcntl, "flock", unsupported)
    directory_lock._LOGGER.propagate = True
    with DirectoryLock(tmp_path):
        assert "cannot be locked (Operation not supported)" in caplog.text
