"""Prints recall and time of approximate retrieval."""

import os
import sys
from pathlib import Path

# The scripts run from a plain checkout; TensorFlow reads its log level when it is first imported.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from a2bm2gl_tf.commands import measure_retrieval
from a2bm2gl_tf.commands.command_line import run

if __name__ == "__main__":
    run(measure_retrieval.main, measure_retrieval.define_flags)
