"""The seasonal normal distribution that is only seen between bounds: all mass beyond a bound sits on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varwg.arrays import BoolArray, FloatArray, IntArray, readonly_floats
from varwg.marginals.base import Uncapped
from varwg.marginals.behind_bounds import hidden_moments
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.score_table import normal_density
from varwg.marginals.seasonal import seasonal_moments
from varwg.ranks import ranks_from_scores, scores_from_ranks


@dataclass(frozen=True, eq=False)
class CensoredNormal(Uncapped):
    """min(max(lower, location + scale z), upper) of each day of the year.

    Attributes
    ----------
    location, scale : array, shape (366,)
        Mean and standard deviation of the hidden normal distribution.
    lower, upper : array, shape (366,)
        Bounds, infinite where there is none.
    """

    location: FloatArray
    scale: FloatArray
    lower: FloatArray
    upper: FloatArray

    @property
    def family(self) -> str:
        """Name of the family."""
        return "censored_normal"

    def cdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """F(x), 0 below and 1 from the bounds on."""
        ranks = np.where(values < self.lower[doy], 0.0, ranks_from_scores(self.to_scores(values, doy)))
        return np.asarray(np.where(values >= self.upper[doy], 1.0, ranks), dtype=np.float64)

    def pdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Density between the bounds, without the masses on them."""
        density = normal_density((values - self.location[doy]) / self.scale[doy]) / self.scale[doy]
        outside = (values < self.lower[doy]) | (values > self.upper[doy])
        return np.asarray(np.where(outside, 0.0, density), dtype=np.float64)

    def ppf(self, ranks: FloatArray, doy: IntArray) -> FloatArray:
        """Values of uniform ranks."""
        return self.from_scores(scores_from_ranks(ranks), doy)

    def to_scores(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """(x - location) / scale of the nearest value between the bounds."""
        seen = np.clip(values, self.lower[doy], self.upper[doy])
        return np.asarray((seen - self.location[doy]) / self.scale[doy], dtype=np.float64)

    def from_scores(self, scores: FloatArray, doy: IntArray) -> FloatArray:
        """location + scale z, kept between the bounds."""
        hidden = self.location[doy] + self.scale[doy] * scores
        return np.asarray(np.clip(hidden, self.lower[doy], self.upper[doy]), dtype=np.float64)

    def mean(self) -> FloatArray:
        """Mean of each row, shape (366,): what the bounds cut off is subtracted, piece by piece."""
        above = _excess((self.upper - self.location) / self.scale)
        below = _excess((self.location - self.lower) / self.scale)
        return np.asarray(self.location + self.scale * (below - above), dtype=np.float64)

    def is_censored(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """True on the lower bound."""
        return np.asarray(values <= self.lower[doy])

    def threshold_scores(self) -> FloatArray:
        """Score of the lower bound, shape (366,)."""
        return np.asarray((self.lower - self.location) / self.scale, dtype=np.float64)


def fit_censored_normal(sample: SeasonalSample) -> CensoredNormal:
    """The censored normal distribution with the seasonal mean and standard deviation of a sample.

    Raises
    ------
    FitError
        If no censored normal distribution has these moments.
    """
    lower, upper = sample.lower[:, None], sample.upper[:, None]

    def quantiles(scores: FloatArray, location: FloatArray, scale: FloatArray) -> FloatArray:
        return np.asarray(np.clip(location + scale * scores, lower, upper), dtype=np.float64)

    inside = np.clip(sample.values, sample.lower[sample.doy], sample.upper[sample.doy])
    mean, sd = seasonal_moments(inside, sample.doy, sample.window, sample.order)
    location, scale = hidden_moments(quantiles, mean, sd, sample, "censored_normal")
    return CensoredNormal(*(readonly_floats(part) for part in (location, scale, sample.lower, sample.upper)))


def _excess(bound: FloatArray) -> FloatArray:
    """E max(Z - bound, 0) of a standard normal Z; 0 for an infinite bound."""
    finite = np.where(np.isfinite(bound), bound, 40.0)
    return np.asarray(normal_density(finite) - finite * ranks_from_scores(-finite), dtype=np.float64)
