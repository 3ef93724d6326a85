"""Measures how well items are recommended that were held out of training, from their features."""

import os
import sys
from pathlib import Path

# The scripts run from a plain checkout; TensorFlow reads its log level when it is first imported.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from a2bm2gl_tf.commands import cold_items
from a2bm2gl_tf.commands.command_line import run

if __name__ == "__main__":
    run(cold_items.main, cold_items.define_flags)
