"""What runs where, in one line."""

import os

import tensorflow as tf
from tensorflow.python.client import device_lib

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


def gpu_memory_bytes() -> int | None:
    """What TensorFlow may take of the first GPU; asking starts it. None without one."""
    if not tf.config.list_physical_devices("GPU"):
        return None
    limits = [d.memory_limit for d in device_lib.list_local_devices() if d.device_type == "GPU"]
    return int(limits[0]) if limits else None
