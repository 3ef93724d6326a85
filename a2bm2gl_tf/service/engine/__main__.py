"""Entry of the engine process: `python -m a2bm2gl_tf.service.engine FILE_DESCRIPTOR`."""

import sys

from a2bm2gl_tf.service.engine.process import run

if __name__ == "__main__":
    run(int(sys.argv[1]))
