import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.commands.storage_faults import storage_fault

_ROOT = Path(__file__).resolve().parents[2]
_ROOM = "make room and give the command again"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x", "/run/a"), f"/run/a: No space left on device; {_ROOM}"),
        (OSError(errno.EDQUOT, "x", Path("/run/b")), f"/run/b: Disk quota exceeded; {_ROOM}"),
        (PermissionError(errno.EACCES, "x", b"/c"), "/c: Permission denied; make it writable, or"),
        (OSError(errno.EROFS, "x", "out"), "out: Read-only file system; make it writable, or"),
        (OSError(errno.ENOSPC, "x"), f"writing: No space left on device; {_ROOM}"),
        (OSError("1200 requested and 512 written"), "writing: the disk took a part of a file only"),
        # As TensorFlow 2.21 words what its checkpoints and summaries meet.
        (
            tf.errors.ResourceExhaustedError(
                None,
                None,
                "{{function_node __wrapped__SaveV2_dtypes_11_device_/job:localhost/replica:0/task:0"
                "/device:CPU:0}} /m/run/latest/step-1_temp/part-0.data; No space left on device "
                "[Op:SaveV2]",
            ),
            f"/m/run/latest/step-1_temp/part-0.data: No space left on device; {_ROOM}",
        ),
        (
            tf.errors.FailedPreconditionError(
                None, None, "/m/tensorboard/events.v2; Read-only file system\n\tCould not init"
            ),
            "/m/tensorboard/events.v2: Read-only file system; make it writable",
        ),
        (
            tf.errors.PermissionDeniedError(None, None, "/m/run/latest; Permission denied"),
            "/m/run/latest: Permission denied; make it writable",
        ),
        (tf.errors.UnknownError(None, None, "/a; Input/output error"), "/a: Input/output error"),
    ],
)  # fmt: skip
def test_faults_of_the_storage_are_one_line(error, said):
    line = storage_fault(error)
    assert line.startswith(said)
    assert "\n" not in line


def test_the_fault_behind_an_error_is_found():
    error = RuntimeError("write failed")
    error.__context__ = OSError(errno.ENOSPC, "x", "/run/weights.npz")
    assert storage_fault(error).startswith("/run/weights.npz: No space left")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("No space left on device"),
        FileNotFoundError(errno.ENOENT, "No such file", "/x"),
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor of shape [9,9]"),
        tf.errors.InvalidArgumentError(None, None, "shapes do not match"),
        OSError("bad magic"),
    ],
)
def test_other_errors_are_left_alone(error):
    assert storage_fault(error) is None


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_real_array_on_a_full_device():
    with (
        pytest.raises(OSError, match=r"written|No space") as caught,
        open("/dev/full", "wb") as file,
    ):
        np.ones(100_000).tofile(file)
    assert storage_fault(caught.value).endswith(_ROOM)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_output_that_cannot_be_written_is_one_line():
    program = (
        "from a2bm2gl_tf.commands.command_line import run\n"
        "run(lambda values: print('result'), lambda values: None)"
    )
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c", program], cwd=_ROOT, stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr == f"error: writing: No space left on device; {_ROOM}\n"
