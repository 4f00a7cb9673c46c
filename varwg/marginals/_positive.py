"""Variables above zero: exponential, gamma, Weibull and lognormal distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.polynomial import chebyshev
from scipy import special

from varwg._arrays import FloatArray, IntArray, brief, readonly_floats, solved
from varwg._calendar import N_DOYS
from varwg._ranks import ranks_from_scores, scores_from_ranks
from varwg.marginals._base import Continuous
from varwg.marginals._sample import SeasonalSample
from varwg.marginals._seasonal import seasonal_moments
from varwg.marginals._tabulated import Tabulated, node_scores, normal_density, tabulate


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


def fit_exponential(sample: SeasonalSample) -> Tabulated:
    """The exponential distribution with the seasonal mean of a sample of values >= 0; "scale" can be given.

    Raises
    ------
    FitError
        If there are negative values.
    """
    mean, _ = positive_moments(sample, "exponential")
    fixed = sample.given("scale")
    scale = mean if fixed is None else fixed
    quantiles = -scale[:, None] * special.log_ndtr(-node_scores())
    return tabulate("exponential", quantiles, sample, (("scale", scale),), lower=np.zeros(N_DOYS))


def fit_gamma(sample: SeasonalSample) -> Tabulated:
    """The gamma distribution with the seasonal mean and standard deviation of a sample of values >= 0.

    shape = (mean / sd)**2, scale = mean / shape. "shape" can be given.

    Raises
    ------
    FitError
        If there are negative values.
    """
    mean, sd = positive_moments(sample, "gamma")
    fixed = sample.given("shape")
    shape = (mean / sd) ** 2 if fixed is None else fixed
    scale = mean / shape
    quantiles = scale[:, None] * gamma_quantiles(node_scores()[0], shape)
    return tabulate("gamma", quantiles, sample, (("shape", shape), ("scale", scale)), lower=np.zeros(N_DOYS))


#: Shapes at which quantiles of the gamma distribution are computed.
_N_SHAPES: Final = 24


def gamma_quantiles(scores: FloatArray, shape: FloatArray) -> FloatArray:
    """Quantiles of the gamma distribution of scale 1 at increasing scores (N,) for each shape (R,), shape (R, N).

    Each half by the inverse of the incomplete gamma function of its own tail, at a few shapes; between these the logarithms are
    Chebyshev's polynomial in that of the shape. It is right to 1e-12 where shapes differ by a factor of 10 over the year, and to
    1e-7 by one of 100.
    """
    logs = np.log(shape)
    middle, reach = 0.5 * (logs.max() + logs.min()), max(0.5 * np.ptp(logs), 1e-9)
    nodes = np.cos(np.pi * (np.arange(_N_SHAPES) + 0.5) / _N_SHAPES)
    some, low = np.exp(middle + reach * nodes)[:, None], scores < 0.0
    lower = special.gammaincinv(some, special.ndtr(scores[low]))
    upper = special.gammainccinv(some, special.ndtr(-scores[~low]))
    quantiles = np.log(np.maximum(np.hstack([lower, upper]), np.finfo(np.float64).tiny))
    coefficients = solved(chebyshev.chebvander(nodes, _N_SHAPES - 1), quantiles)
    return np.asarray(np.exp(chebyshev.chebvander((logs - middle) / reach, _N_SHAPES - 1) @ coefficients))


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
    fixed = sample.given("shape")
    shape = weibull_shape(sd / mean) if fixed is None else fixed
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
    return np.asarray(np.exp(0.5 * (low + high)))


_SMALLEST: Final = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class LogNormal(Continuous):
    """exp(N(location, scale**2)) of each day of the year.

    Attributes
    ----------
    location, scale : array, shape (366,)
        Mean and standard deviation of the logarithm.
    """

    location: FloatArray
    scale: FloatArray

    __repr__ = brief

    @property
    def family(self) -> str:
        """Name of the family."""
        return "lognormal"

    def cdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """F(x), zero up to zero."""
        ranks = ranks_from_scores(self.to_scores(values, doy))
        return np.asarray(np.where(values <= 0.0, 0.0, ranks), dtype=np.float64)

    def pdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Density at x, zero up to zero."""
        positive = np.where(values <= 0.0, _SMALLEST, values)
        density = normal_density(self.to_scores(positive, doy)) / (positive * self.scale[doy])
        return np.asarray(np.where(values <= 0.0, 0.0, density), dtype=np.float64)

    def ppf(self, ranks: FloatArray, doy: IntArray) -> FloatArray:
        """Values of uniform ranks."""
        return self.from_scores(scores_from_ranks(ranks), doy)

    def to_scores(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """(log x - location) / scale; values up to zero are taken as the smallest positive number."""
        positive = np.where(values <= 0.0, _SMALLEST, values)
        return np.asarray((np.log(positive) - self.location[doy]) / self.scale[doy], dtype=np.float64)

    def from_scores(self, scores: FloatArray, doy: IntArray) -> FloatArray:
        """exp(location + scale z)."""
        return np.asarray(np.exp(self.location[doy] + self.scale[doy] * scores), dtype=np.float64)

    def mean(self) -> FloatArray:
        """exp(location + scale**2 / 2), shape (366,)."""
        return np.asarray(np.exp(self.location + 0.5 * self.scale**2), dtype=np.float64)


def fit_lognormal(sample: SeasonalSample) -> LogNormal | Tabulated:
    """The lognormal distribution with the seasonal mean and standard deviation of a sample of values >= 0.

    A sample with zeros, which have no logarithm, is tabulated: that leaves a mass at zero.

    Raises
    ------
    FitError
        If there are negative values.
    """
    mean, sd = positive_moments(sample, "lognormal")
    variance = np.log1p((sd / mean) ** 2)
    location, scale = np.log(mean) - 0.5 * variance, np.sqrt(variance)
    if (sample.values > 0.0).all():
        return LogNormal(readonly_floats(location), readonly_floats(scale))
    quantiles = np.exp(location[:, None] + scale[:, None] * node_scores())
    parameters = (("location", location), ("scale", scale))
    return tabulate("lognormal", quantiles, sample, parameters, lower=np.zeros(N_DOYS))
