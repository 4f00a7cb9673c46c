"""The seasonal Weibull distribution."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from varwg.arrays import FloatArray
from varwg.calendar import N_DOYS
from varwg.marginals.positive import positive_moments
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.tabulated import Tabulated, node_scores, tabulate

#: Logarithms of the shapes that are searched: coefficients of variation from 0.02 to 15.
_LOG_SHAPES: Final = (-1.6, 4.1)


def fit_weibull(sample: SeasonalSample) -> Tabulated:
    """The Weibull distribution with the seasonal mean and standard deviation of a sample of values >= 0.

    F(x) = 1 - exp(-(x/c)**k), x = c (-log(1 - Phi(z)))**(1/k). "shape" (k) can be given.

    Raises
    ------
    FitError
        If there are negative values.
    """
    mean, sd = positive_moments(sample, "weibull")
    known = sample.given("shape")
    shape = weibull_shape(sd / mean) if known is None else known
    scale = mean / special.gamma(1.0 + 1.0 / shape)
    quantiles = scale[:, None] * (-special.log_ndtr(-node_scores())) ** (1.0 / shape[:, None])
    return tabulate("weibull", quantiles, sample, (("shape", shape), ("scale", scale)), lower=np.zeros(N_DOYS))


def weibull_shape(variation: FloatArray) -> FloatArray:
    """Shape k of coefficients of variation v: 1 + v**2 = G(1 + 2/k) / G(1 + 1/k)**2, by bisection."""
    wanted = np.log1p(variation**2)
    low, high = np.full(variation.shape, _LOG_SHAPES[0]), np.full(variation.shape, _LOG_SHAPES[1])
    for _ in range(50):
        middle = 0.5 * (low + high)
        inverse = np.exp(-middle)
        too_wide = special.gammaln(1.0 + 2.0 * inverse) - 2.0 * special.gammaln(1.0 + inverse) > wanted
        low, high = np.where(too_wide, middle, low), np.where(too_wide, high, middle)
    return np.exp(0.5 * (low + high))
