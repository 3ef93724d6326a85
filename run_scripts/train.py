"""Trains, tests and records one run; the same command resumes it."""

import os
import sys
from pathlib import Path

# The scripts run from a plain checkout; TensorFlow reads its log level when it is first imported.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from a2bm2gl_tf.commands import train
from a2bm2gl_tf.commands.command_line import run

if __name__ == "__main__":
    run(train.main, train.define_flags, resumable=True)
