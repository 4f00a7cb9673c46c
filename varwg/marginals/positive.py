"""What the families of positive values share: the moments they are estimated from."""

from __future__ import annotations

import numpy as np

from varwg.arrays import FloatArray
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.seasonal import seasonal_moments


def positive_moments(sample: SeasonalSample, family: str) -> tuple[FloatArray, FloatArray]:
    """Seasonal mean, kept above zero, and standard deviation of values >= 0, shapes (366,).

    Families of positive values are estimated by moments rather than by maximum likelihood, because the means of the
    months and the overall variance are what a simulation is judged by, and because recorded zeros have no likelihood.

    Raises
    ------
    FitError
        If there are negative values.
    """
    sample.require_positive(family)
    mean, sd = seasonal_moments(sample.values, sample.doy, sample.window, sample.order)
    return np.maximum(mean, 0.05 * float(sample.values.mean())), sd
