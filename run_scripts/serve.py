"""Serves a SavedModel over HTTP."""

import sys
from pathlib import Path

# The scripts run from a plain checkout.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from a2bm2gl_tf.commands import serve
from a2bm2gl_tf.commands.command_line import run

if __name__ == "__main__":
    run(serve.main, serve.define_flags)
