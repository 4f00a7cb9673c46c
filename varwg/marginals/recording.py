"""How values were written down: their resolution, and what that means for estimating a continuous distribution."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg.arrays import BoolArray, FloatArray, IntArray
from varwg.marginals.seasonal import row_sums

#: Points by which a rounded value is represented.
N_POINTS: Final = 5
_NEARLY_ALL: Final = 0.95


def resolution(values: FloatArray) -> float:
    """Step in which values were recorded, 0 for less than three distinct values.

    0.1 for most rain gauges, 1 for radiation in whole W m-2, close to zero for values that were not rounded: the median
    distance of neighbouring distinct values in the lower half, or the largest multiple of it that nearly all values
    share (a 0.2 mm gauge with a few entries of 0.1).
    """
    distinct = np.unique(np.round(values, 6))
    if distinct.size < 3:
        return 0.0
    common = distinct[distinct <= np.median(values)]
    step = float(np.median(np.diff(common if common.size > 2 else distinct)))
    multiples = (factor * step for factor in (10, 5, 4, 2))
    return next((multiple for multiple in multiples if _share_of_multiples(values, multiple) > _NEARLY_ALL), step)


def _share_of_multiples(values: FloatArray, step: float) -> float:
    position = values / step
    return float(np.mean(np.abs(position - np.rint(position)) < 1e-3))


def spread(values: FloatArray, cell: float, lower: float = -np.inf, upper: float = np.inf) -> FloatArray:
    """Each recorded value as points that fill the cell [x - cell/2, x + cell/2], shape (5, T), inside the bounds.

    Ties would otherwise make every density estimate a comb.
    """
    offsets = (np.arange(N_POINTS) + 0.5) / N_POINTS - 0.5
    return np.asarray(np.clip(values + cell * offsets[:, None], lower, upper), dtype=np.float64)


def share_at(on_bound: BoolArray, doy: IntArray, weights: FloatArray) -> FloatArray:
    """Seasonal frequency of values on a bound (True where a value is on it), shape (366,)."""
    counts = weights @ row_sums(doy)
    return np.asarray(weights @ row_sums(doy[on_bound]) / counts, dtype=np.float64)
