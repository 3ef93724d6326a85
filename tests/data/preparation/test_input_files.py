import hashlib

import numpy as np

from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.preparation.input_files import describe_inputs


def _sha(content):
    return hashlib.sha256(content).hexdigest()


def test_a_folder_of_vectors_is_one_entry(tmp_path):
    (tmp_path / "pairs.txt").write_bytes(b"1 2\n")
    folder = tmp_path / "visual"
    folder.mkdir()
    (folder / "7").write_bytes(b"seven")
    (folder / "12").write_bytes(b"a dozen")
    content = Vectors("visual", np.array([7]), folder, np.ones((1, 2), np.float32))
    files = (tmp_path / "pairs.txt", folder)
    lines = sorted([f"{_sha(b'seven')} 7\n", f"{_sha(b'a dozen')} 12\n"])
    assert describe_inputs(tmp_path, files, (content,)) == [
        {"name": "pairs.txt", "bytes": 4, "sha256": _sha(b"1 2\n")},
        {"name": "visual", "files": 2, "bytes": 12, "sha256": _sha("".join(lines).encode())},
    ]
