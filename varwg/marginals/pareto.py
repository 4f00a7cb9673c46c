"""The generalised Pareto distribution of exceedances: moments, quantiles and the estimate of its shape."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from varwg.arrays import FloatArray

#: Daily precipitation has no upper end: annual maxima worldwide have shapes of 0.11 +- 0.05 (Papalexiou &
#: Koutsoyiannis 2013, Water Resources Research 49), while a few exceedances alone tell next to nothing. The upper
#: limit keeps the variance finite.
SHAPE_RANGE: Final = (0.05, 0.35)


def pareto_from_moments(mean: float, mean_square: float) -> tuple[float, float]:
    """Shape and scale that keep the mean and, shape permitting, the mean square of the exceedances.

    Hosking & Wallis (1987, Technometrics 29, section 3): with the ratio q = mean**2 / variance, shape = (1 - q) / 2 and
    scale = mean (1 - shape). The shape is kept inside `SHAPE_RANGE`. The mean has to be positive.
    """
    variance = max(mean_square - mean**2, 1e-6 * mean_square)
    shape = 0.5 * (1.0 - mean**2 / variance)
    shape = min(max(shape, SHAPE_RANGE[0]), SHAPE_RANGE[1])
    return shape, mean * (1.0 - shape)


def pareto_quantiles(log_survival: ArrayLike, shape: float, scale: float) -> FloatArray:
    """Exceedances whose probability of being exceeded has the given logarithm (at most 0); shape > 0."""
    return np.asarray(scale * np.expm1(-shape * np.asarray(log_survival)) / shape, dtype=np.float64)
