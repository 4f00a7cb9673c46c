"""Normal distributions: whole, censored (the mass beyond a bound lies on it), and truncated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from varwg._arrays import BoolArray, FloatArray, IntArray, brief, matrix_product, readonly_floats
from varwg._ranks import ranks_from_scores, scores_from_ranks
from varwg.errors import FitError
from varwg.marginals._base import Continuous, Uncapped, solve_rows
from varwg.marginals._sample import SeasonalSample
from varwg.marginals._seasonal import seasonal_moments
from varwg.marginals._tabulated import Tabulated, node_scores, normal_density, tabulate


@dataclass(frozen=True, eq=False)
class Normal(Continuous):
    """N(location, scale**2) of each day of the year.

    Attributes
    ----------
    location, scale : array, shape (366,)
        Mean and standard deviation, in the unit of the variable.
    """

    location: FloatArray
    scale: FloatArray

    __repr__ = brief

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


def fit_normal(sample: SeasonalSample) -> Normal:
    """Seasonal mean and standard deviation of a sample; "location" and "scale" can be given."""
    location, scale = seasonal_moments(sample.values, sample.doy, sample.window, sample.order, sample.given("location"))
    known_scale = sample.given("scale")
    return Normal(readonly_floats(location), readonly_floats(scale if known_scale is None else known_scale))


#: Largest distance of the hidden mean, in visible standard deviations, and of the logarithm of the scale.
_LIMIT: Final = 3.0

#: (scores (N,), location (366, 1), scale (366, 1)) -> visible values (366, N).
Quantiles = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


def hidden_moments(
    quantiles: Quantiles, mean: FloatArray, sd: FloatArray, sample: SeasonalSample, family: str
) -> tuple[FloatArray, FloatArray]:
    """Location and scale, shapes (366,), for which the visible values have the given mean and standard deviation.

    Raises
    ------
    FitError
        If there is no such distribution.
    """
    scores = np.linspace(-6.0, 6.0, 121)
    weights = normal_density(scores)
    weights = weights / weights.sum()

    def misfit(shift: FloatArray, log_scale: FloatArray) -> tuple[FloatArray, FloatArray]:
        location, scale = mean + sd * shift, sd * np.exp(log_scale)
        values = quantiles(scores, location[:, None], scale[:, None])
        centre = matrix_product(values, weights)
        square = np.maximum(matrix_product((values - centre[:, None]) ** 2, weights), 1e-12 * sd**2)
        return (centre - mean) / sd, 0.5 * np.log(square / sd**2)

    shift, log_scale, left = solve_rows(misfit, np.zeros_like(mean), np.zeros_like(mean), _LIMIT)
    sample.require_solution(family, left)
    return mean + sd * shift, sd * np.exp(log_scale)


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

    __repr__ = brief

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


def fit_truncated_normal(sample: SeasonalSample) -> Tabulated:
    """The truncated normal distribution with the seasonal mean and standard deviation of a sample.

    Raises
    ------
    FitError
        If the variable has no bound at all, or no truncated normal distribution has these moments.
    """
    has_lower, has_upper = bool(np.isfinite(sample.lower).all()), bool(np.isfinite(sample.upper).all())
    if not (has_lower or has_upper):
        raise FitError(f"{sample.where}: the marginal 'truncated_normal' needs a bound, but has none; use 'normal'.")
    lower, upper = sample.lower[:, None], sample.upper[:, None]

    def quantiles(scores: FloatArray, location: FloatArray, scale: FloatArray) -> FloatArray:
        return truncated_quantiles(scores, location, scale, lower, upper)

    mean, sd = seasonal_moments(sample.values, sample.doy, sample.window, sample.order)
    location, scale = hidden_moments(quantiles, mean, sd, sample, "truncated_normal")
    return tabulate(
        "truncated_normal",
        quantiles(node_scores()[0], location[:, None], scale[:, None]),
        sample,
        (("location", location), ("scale", scale)),
        lower=sample.lower if has_lower else None,
        upper=sample.upper if has_upper else None,
    )


def truncated_quantiles(
    scores: FloatArray, location: FloatArray, scale: FloatArray, lower: FloatArray, upper: FloatArray
) -> FloatArray:
    """Values at scores of N(location, scale**2) truncated to [lower, upper], from the nearer tail; all broadcast."""
    a, b = (lower - location) / scale, (upper - location) / scale
    below = special.ndtr(a) + special.ndtr(scores) * (special.ndtr(b) - special.ndtr(a))
    above = special.ndtr(-b) + special.ndtr(-scores) * (special.ndtr(-a) - special.ndtr(-b))
    hidden = np.where(below < 0.5, special.ndtri(below), -special.ndtri(above))
    return np.asarray(np.clip(location + scale * hidden, lower, upper), dtype=np.float64)
