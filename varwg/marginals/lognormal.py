"""The seasonal lognormal distribution: the logarithm is linear in the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from varwg.arrays import BoolArray, FloatArray, IntArray, readonly_floats
from varwg.calendar import N_DOYS
from varwg.marginals.base import Uncapped
from varwg.marginals.positive import positive_moments
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.score_table import normal_density
from varwg.marginals.tabulated import Tabulated, node_scores, tabulate
from varwg.ranks import ranks_from_scores, scores_from_ranks

_SMALLEST: Final = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class LogNormal(Uncapped):
    """exp(N(location, scale**2)) of each day of the year.

    Attributes
    ----------
    location, scale : array, shape (366,)
        Mean and standard deviation of the logarithm.
    """

    location: FloatArray
    scale: FloatArray

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

    def is_censored(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """Nothing is censored."""
        return np.zeros(np.broadcast_shapes(np.shape(values), np.shape(doy)), dtype=np.bool_)

    def threshold_scores(self) -> FloatArray:
        """-inf: nothing is censored."""
        return np.full(N_DOYS, -np.inf)


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
