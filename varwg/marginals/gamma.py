"""The seasonal gamma distribution."""

from __future__ import annotations

import numpy as np
from scipy import special

from varwg.arrays import FloatArray
from varwg.calendar import N_DOYS
from varwg.marginals.positive import positive_moments
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.tabulated import Tabulated, node_scores, tabulate


def fit_gamma(sample: SeasonalSample) -> Tabulated:
    """The gamma distribution with the seasonal mean and standard deviation of a sample of values >= 0.

    shape = (mean / sd)**2, scale = mean / shape. "shape" can be given.

    Raises
    ------
    FitError
        If there are negative values.
    """
    mean, sd = positive_moments(sample, "gamma")
    known = sample.given("shape")
    shape = (mean / sd) ** 2 if known is None else known
    scale = mean / shape
    quantiles = scale[:, None] * gamma_quantiles(node_scores()[0], shape)
    return tabulate("gamma", quantiles, sample, (("shape", shape), ("scale", scale)), lower=np.zeros(N_DOYS))


def gamma_quantiles(scores: FloatArray, shape: FloatArray) -> FloatArray:
    """Quantiles of the gamma distribution of scale 1 at increasing scores (N,) for each shape (R,), shape (R, N).

    Each half by the inverse of the incomplete gamma function of its own tail.
    """
    low = scores < 0.0
    lower = special.gammaincinv(shape[:, None], special.ndtr(scores[low]))
    upper = special.gammainccinv(shape[:, None], special.ndtr(-scores[~low]))
    return np.hstack([lower, upper])
