"""Prints recall and time of approximate retrieval."""

import os
import sys

# The checkout's root takes the place of this folder on the path: the package is found there, and
# inspect.py here does not hide Python's own. TensorFlow reads its log level when it is imported.
_HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:] = [os.path.dirname(_HERE), *(p for p in sys.path if os.path.realpath(p) != _HERE)]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from a2bm2gl_tf.commands import measure_retrieval
from a2bm2gl_tf.commands.command_line import run

if __name__ == "__main__":
    run(measure_retrieval.main, measure_retrieval.define_flags)
