"""What runs where, in one line, and how much memory it took."""

import os
import resource
import sys

import tensorflow as tf

from a2bm2gl_tf.training.config import TrainingConfig


def describe_placement(propagation: str, config: TrainingConfig) -> str:
    """One line that names the device of the training step and its backends.

    Args:
      propagation: the resolved backend of sparse products.
      config: precision and compilation.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        device = f"GPU {details.get('device_name', gpus[0].name)}"
    else:
        device = f"CPU ({os.cpu_count()} cores)"
    compiled = "compiled by XLA" if config.jit_compile else "not compiled by XLA"
    return (
        f"training step on {device}, {config.precision}, {compiled}; sparse propagation: "
        f"{propagation} on the same device; batches, neighbour selection and ranking metrics: CPU"
    )


def peak_memory_bytes() -> int:
    """The most host memory this process has held at a time, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kibibytes, macOS in bytes.
    return peak if sys.platform == "darwin" else peak * 1024
