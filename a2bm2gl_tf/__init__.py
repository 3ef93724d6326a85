"""A2BM2GL: adaptive anti-bottleneck multi-modal graph learning for micro-video recommendation."""

__version__ = "0.1.0"
