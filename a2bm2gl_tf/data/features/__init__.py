"""Item features; importing the package makes the encoders known to `encoding.encode`."""

from a2bm2gl_tf.data.features import encoders

__all__ = ["encoders"]
