"""The seasonal normal distribution: scores and values are linear in each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varwg.arrays import BoolArray, FloatArray, IntArray, readonly_floats
from varwg.calendar import N_DOYS
from varwg.marginals.base import Uncapped
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.score_table import normal_density
from varwg.marginals.seasonal import seasonal_moments
from varwg.ranks import ranks_from_scores, scores_from_ranks


@dataclass(frozen=True, eq=False)
class Normal(Uncapped):
    """N(location, scale**2) of each day of the year.

    Attributes
    ----------
    location, scale : array, shape (366,)
        Mean and standard deviation, in the unit of the variable.
    """

    location: FloatArray
    scale: FloatArray

    @property
    def family(self) -> str:
        """Name of the family."""
        return "normal"

    def cdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """F(x)."""
        return ranks_from_scores(self.to_scores(values, doy))

    def pdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Density at x."""
        return np.asarray(normal_density(self.to_scores(values, doy)) / self.scale[doy], dtype=np.float64)

    def ppf(self, ranks: FloatArray, doy: IntArray) -> FloatArray:
        """Values of uniform ranks."""
        return self.from_scores(scores_from_ranks(ranks), doy)

    def to_scores(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """(x - mean) / sd."""
        return np.asarray((values - self.location[doy]) / self.scale[doy], dtype=np.float64)

    def from_scores(self, scores: FloatArray, doy: IntArray) -> FloatArray:
        """mean + sd z."""
        return np.asarray(self.location[doy] + self.scale[doy] * scores, dtype=np.float64)

    def mean(self) -> FloatArray:
        """Mean of each row, shape (366,)."""
        return self.location

    def is_censored(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """Nothing is censored."""
        return np.zeros(np.broadcast_shapes(np.shape(values), np.shape(doy)), dtype=np.bool_)

    def threshold_scores(self) -> FloatArray:
        """-inf: nothing is censored."""
        return np.full(N_DOYS, -np.inf)


def fit_normal(sample: SeasonalSample) -> Normal:
    """Seasonal mean and standard deviation of a sample; "location" and "scale" can be given."""
    location, scale = seasonal_moments(sample.values, sample.doy, sample.window, sample.order, sample.given("location"))
    known_scale = sample.given("scale")
    return Normal(readonly_floats(location), readonly_floats(scale if known_scale is None else known_scale))
