"""Colour and texture of a picture as numbers (NumPy alone)."""

import numpy as np

HUES, SATURATIONS, VALUES = 8, 4, 4
ORIENTATIONS = 9

# Offsets (row, column) of the eight neighbours, clockwise from the upper left: bit 0 to bit 7.
_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


def colour_histogram(hsv: np.ndarray) -> np.ndarray:
    """Joint histogram of hue, saturation and value.

    Hues are circular; bin 0 has pure red in its middle, bin 4 cyan. Bins of saturation and value
    part 0 to 255 evenly.

    Args:
      hsv: uint8 (h, w, 3), Pillow's HSV: hue 0 to 255 for 0 to 360 degrees.

    Returns:
      float64 (HUES * SATURATIONS * VALUES,), sum 1; hue is the slowest index, value the fastest.
    """
    hue, saturation, value = np.moveaxis(hsv.astype(np.int64), -1, 0)
    width = 256 // HUES
    hue = (hue + width // 2) // width % HUES
    saturation = saturation * SATURATIONS // 256
    value = value * VALUES // 256
    cell = (hue * SATURATIONS + saturation) * VALUES + value
    return _frequencies(cell, HUES * SATURATIONS * VALUES)


def colour_moments(rgb: np.ndarray, grid: int) -> np.ndarray:
    """Mean and variance of each channel in each cell of a grid.

    Args:
      rgb: float64 (h, w, 3) in [0, 1]; `grid` divides h and w.
      grid: cells a side.

    Returns:
      float64 (grid * grid * 6,): cells row by row, in each the means of R, G, B, then variances.
    """
    cells = _cells(rgb, grid)
    moments = np.concatenate([cells.mean(axis=1), cells.var(axis=1)], axis=1)
    return moments.ravel()


def gradient_orientations(grey: np.ndarray, grid: int) -> np.ndarray:
    """Histograms of oriented gradients, without overlapping blocks (after Dalal and Triggs, 2005).

    Central differences inside, one-sided ones at the border. The direction of a gradient counts
    modulo 180 degrees and is shared between the two nearest of `ORIENTATIONS` bins, whose middles
    are 0, 20, ..., 160 degrees; 0 is a horizontal gradient, which vertical stripes have.

    Args:
      grey: float64 (h, w) in [0, 1]; `grid` divides h and w.
      grid: cells a side.

    Returns:
      float64 (grid * grid * ORIENTATIONS,): cells row by row; Euclidean length 1 over all, or 0 for
      a plain picture.
    """
    down, right = np.gradient(grey)
    magnitude = np.hypot(down, right)
    position = np.mod(np.arctan2(down, right), np.pi) * (ORIENTATIONS / np.pi)
    lower = np.floor(position)
    share = position - lower
    lower = lower.astype(np.int64)
    bins = np.zeros((*grey.shape, ORIENTATIONS))
    rows, columns = np.indices(grey.shape)
    # Both at once would lose an entry only if the two bins were one, which they never are.
    bins[rows, columns, lower % ORIENTATIONS] += magnitude * (1 - share)
    bins[rows, columns, (lower + 1) % ORIENTATIONS] += magnitude * share
    histogram = _cells(bins, grid).sum(axis=1).ravel()
    length = np.linalg.norm(histogram)
    # Grey levels are steps of 1/255: less than that in all is rounding.
    return histogram / length if length > 1e-9 else np.zeros_like(histogram)


def local_binary_patterns(grey: np.ndarray) -> np.ndarray:
    """Histogram of uniform local binary patterns (Ojala, Pietikainen and Maenpaa, 2002).

    A pixel's pattern says which of its eight neighbours are at least as bright. The 58 patterns
    with at most two changes around the circle have a bin each, in ascending order of the pattern;
    all others share the last.

    Args:
      grey: uint8 (h, w), h and w at least 3; the border has no pattern.

    Returns:
      float64 (59,), sum 1.
    """
    height, width = grey.shape
    centre = grey[1:-1, 1:-1]
    pattern = np.zeros(centre.shape, np.int64)
    for bit, (down, right) in enumerate(_NEIGHBOURS):
        neighbour = grey[1 + down : height - 1 + down, 1 + right : width - 1 + right]
        pattern |= (neighbour >= centre).astype(np.int64) << bit
    bins = _uniform_bins()
    return _frequencies(bins[pattern], bins.max() + 1)


def _uniform_bins() -> np.ndarray:
    """int64 (256,): the bin of each pattern."""
    bits = np.arange(256)[:, None] >> np.arange(8) & 1
    uniform = (bits != np.roll(bits, 1, axis=1)).sum(axis=1) <= 2
    return np.where(uniform, np.cumsum(uniform) - 1, uniform.sum())


def _cells(pixels: np.ndarray, grid: int) -> np.ndarray:
    """(h, w, c) -> (grid * grid, pixels of a cell, c)."""
    height, width, channels = pixels.shape
    parted = pixels.reshape(grid, height // grid, grid, width // grid, channels)
    return parted.transpose(0, 2, 1, 3, 4).reshape(grid * grid, -1, channels)


def _frequencies(bins: np.ndarray, count: int) -> np.ndarray:
    return np.bincount(bins.ravel(), minlength=count) / bins.size
