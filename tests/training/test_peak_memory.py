import subprocess
import sys
from pathlib import Path

import numpy as np

from a2bm2gl_tf.training.peak_memory import peak_memory_bytes

_HELD_AND_FREED = """
import numpy as np
from a2bm2gl_tf.training.peak_memory import peak_memory_bytes
before = peak_memory_bytes()
block = np.ones(2**25)
del block
print(before, peak_memory_bytes() - before)
"""


def test_peak_memory_grows_by_what_is_held():
    before = peak_memory_bytes()
    # Larger than anything this process has held and freed again.
    held = np.ones(before + 2**26, np.uint8)
    grown = peak_memory_bytes()
    assert before + 2**25 < grown < 4 * before + 2**28
    del held


def test_it_is_the_high_water_mark_of_this_process_alone():
    # The parent's own peak is above what a small child ever holds.
    held = np.ones(2**28, np.uint8)
    line = [sys.executable, "-c", _HELD_AND_FREED]
    root = Path(__file__).parents[2]
    said = subprocess.run(line, cwd=root, capture_output=True, text=True, check=True).stdout
    before, growth = map(int, said.split())
    assert growth > 2**27
    if sys.platform == "linux":
        assert before < held.nbytes
