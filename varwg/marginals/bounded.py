"""What the families between two bounds share: positions between them and the moments of these."""

from __future__ import annotations

import numpy as np

from varwg.arrays import FloatArray
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.seasonal import seasonal_moments
from varwg.marginals.tabulated import Tabulated, tabulate


def relative_moments(sample: SeasonalSample, family: str) -> tuple[FloatArray, FloatArray]:
    """Seasonal mean and variance of the position between the bounds, which a distribution on (0, 1) can have.

    Raises
    ------
    FitError
        If a bound is not finite.
    """
    sample.require_bounds(family)
    length = sample.upper - sample.lower
    position = np.clip((sample.values - sample.lower[sample.doy]) / length[sample.doy], 0.0, 1.0)
    mean, sd = seasonal_moments(position, sample.doy, sample.window, sample.order)
    mean = np.clip(mean, 0.01, 0.99)
    return mean, np.minimum(sd**2, 0.9 * mean * (1.0 - mean))


def tabulate_relative(
    name: str, quantiles: FloatArray, sample: SeasonalSample, parameters: tuple[tuple[str, FloatArray], ...]
) -> Tabulated:
    """A distribution between the bounds of a sample from quantiles of the position, shape (366, N)."""
    length = (sample.upper - sample.lower)[:, None]
    values = sample.lower[:, None] + length * quantiles
    return tabulate(name, values, sample, parameters, lower=sample.lower, upper=sample.upper)
