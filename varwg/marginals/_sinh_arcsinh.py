"""The sinh-arcsinh distribution: normal, but for skewness and for the weight of its tails.

X = location + scale sinh((arcsinh Z + skewness) / tail) with a standard normal Z (Jones and Pewsey 2009, Biometrika 96, 761); a
tail below 1 has heavier tails than the normal distribution, which skewness 0 and tail 1 are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray, IntArray, brief, correlation_matrix, readonly_floats, solved
from varwg._calendar import N_DOYS, month_of_doy
from varwg._ranks import ranks_from_scores, scores_from_ranks
from varwg.marginals._base import Continuous, SeasonalMarginal
from varwg.marginals._normal import fit_normal
from varwg.marginals._sample import SeasonalSample
from varwg.marginals._tabulated import normal_density

#: Probabilities of the quantiles of each month that the shape is fitted to.
_LEVELS: Final = (0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.975, 0.99)
#: What is thought possible before the data: standard deviations of the mean and of the annual wave of skewness, then of the
#: logarithm of the tail; the root mean squares of what 16 stations in Europe, the Alps and Colorado have.
_PRIOR: Final = (0.2, 0.4, 0.4, 0.3, 0.25, 0.25)
#: Largest magnitude of skewness, and of the logarithm of the tail.
_MOST_SKEWNESS: Final = 1.5
_MOST_TAIL: Final = 0.7
_EVALUATIONS: Final = 30


@dataclass(frozen=True, eq=False)
class SinhArcsinh(Continuous):
    """A sinh-arcsinh distribution for each day of the year.

    Attributes
    ----------
    location, scale : array, shape (366,)
        In the unit of the variable.
    skewness : array, shape (366,)
        Positive for a long upper tail.
    tail : array, shape (366,)
        Below 1 for heavier tails than the normal distribution's.
    """

    location: FloatArray
    scale: FloatArray
    skewness: FloatArray
    tail: FloatArray

    __repr__ = brief

    @property
    def family(self) -> str:
        """Name of the family."""
        return "sinh_arcsinh"

    def cdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """F(x)."""
        return ranks_from_scores(self.to_scores(values, doy))

    def pdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Density at x."""
        inner = np.arcsinh((values - self.location[doy]) / self.scale[doy])
        outer = self.tail[doy] * inner - self.skewness[doy]
        slope = self.tail[doy] * np.cosh(outer) / (self.scale[doy] * np.cosh(inner))
        return np.asarray(normal_density(np.sinh(outer)) * slope, dtype=np.float64)

    def ppf(self, ranks: FloatArray, doy: IntArray) -> FloatArray:
        """Values of uniform ranks."""
        return self.from_scores(scores_from_ranks(ranks), doy)

    def to_scores(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """sinh(tail arcsinh((x - location) / scale) - skewness)."""
        inner = np.arcsinh((values - self.location[doy]) / self.scale[doy])
        return np.asarray(np.sinh(self.tail[doy] * inner - self.skewness[doy]), dtype=np.float64)

    def from_scores(self, scores: FloatArray, doy: IntArray) -> FloatArray:
        """location + scale sinh((arcsinh z + skewness) / tail)."""
        inner = (np.arcsinh(scores) + self.skewness[doy]) / self.tail[doy]
        return np.asarray(self.location[doy] + self.scale[doy] * np.sinh(inner), dtype=np.float64)

    def mean(self) -> FloatArray:
        """Mean of each row, shape (366,)."""
        return np.asarray(self.location + self.scale * _moments(self.skewness, self.tail)[0])


def fit_sinh_arcsinh(sample: SeasonalSample) -> SeasonalMarginal:
    """The distribution with the seasonal mean and standard deviation of a sample, and a shape that its quantiles speak for.

    Skewness and the logarithm of the tail have a mean and an annual wave. They are fitted to quantiles of the anomalies of each
    month by generalised least squares (quantiles of one sample go together), as many days counting as independent as their
    lag-one correlation leaves, and shrunk towards the normal distribution by what is known beforehand. Where the evidence for
    such a shape is smaller than that for none (a Bayes factor), it is the normal distribution itself.

    Parameters
    ----------
    sample : SeasonalSample
        Values without bounds.
    """
    normal = fit_normal(sample)
    if sample.known:
        return normal
    anomalies = normal.to_scores(sample.values, sample.doy)
    months = month_of_doy()[sample.doy]
    counts = np.bincount(months, minlength=12)
    if counts.min() < len(_LEVELS):
        return normal
    levels = np.array(_LEVELS)
    observed = np.array([np.quantile(anomalies[months == month], levels) for month in range(12)])
    shape = _shape(observed, np.asarray(counts * _independent_share(anomalies)))
    if shape is None:
        return normal
    skewness, tail = _table(*shape, N_DOYS)
    mean, sd = _moments(skewness, tail)
    scale = normal.scale / sd
    return SinhArcsinh(*(readonly_floats(part) for part in (normal.location - scale * mean, scale, skewness, tail)))


def _shape(observed: FloatArray, counts: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Coefficients (3,) of skewness and of the logarithm of the tail, or None if the normal distribution does as well."""
    from scipy import optimize

    levels = np.array(_LEVELS)
    scores = special.ndtri(levels)
    density = normal_density(scores)
    covariance = np.minimum.outer(levels, levels) * (1.0 - np.maximum.outer(levels, levels)) / np.outer(density, density)
    whitening = solved(np.linalg.cholesky(covariance), np.eye(levels.size)).T
    prior = np.array(_PRIOR)

    def misfit(coefficients: FloatArray) -> FloatArray:
        skewness, tail = (table[:, None] for table in _table(coefficients[:3], coefficients[3:], 12))
        mean, sd = _moments(skewness, tail)
        modelled = (np.sinh((np.arcsinh(scores) + skewness) / tail) - mean) / sd
        left = ((modelled - observed) @ whitening) * np.sqrt(counts)[:, None]
        return np.concatenate([left.ravel(), coefficients / prior])

    solution = optimize.least_squares(misfit, np.zeros(6), max_nfev=_EVALUATIONS)
    gain = float((misfit(np.zeros(6)) ** 2).sum()) - 2.0 * float(solution.cost)
    # Twice the logarithm of the Bayes factor, by Laplace's approximation (Kass and Raftery 1995, section 4.1).
    volume = np.linalg.slogdet(solution.jac.T @ solution.jac)[1] + 2.0 * np.log(prior).sum()
    return (solution.x[:3], solution.x[3:]) if gain > volume else None


def _table(skewness: FloatArray, log_tail: FloatArray, n_parts: int) -> tuple[FloatArray, FloatArray]:
    """Skewness and tail of equal parts of the year, from a mean, a cosine and a sine each."""
    angle = 2.0 * np.pi * (np.arange(n_parts) + 0.5) / n_parts
    waves = np.stack([np.ones(angle.size), np.cos(angle), np.sin(angle)])
    return (
        np.clip(skewness @ waves, -_MOST_SKEWNESS, _MOST_SKEWNESS),
        np.exp(np.clip(log_tail @ waves, -_MOST_TAIL, _MOST_TAIL)),
    )


def _moments(skewness: FloatArray, tail: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation for location 0 and scale 1 (Jones and Pewsey 2009, section 2.3)."""
    mean = np.sinh(skewness / tail) * _power(1.0 / tail)
    square = 0.5 * (np.cosh(2.0 * skewness / tail) * _power(2.0 / tail) - 1.0)
    return mean, np.sqrt(square - mean**2)


def _power(exponent: FloatArray) -> FloatArray:
    """Mean of cosh(q arcsinh Z) of a standard normal Z."""
    half = 0.5 * np.asarray(exponent)
    return np.asarray(np.exp(0.25) / np.sqrt(8.0 * np.pi) * (special.kv(half + 0.5, 0.25) + special.kv(half - 0.5, 0.25)))


def _independent_share(anomalies: FloatArray) -> float:
    """Share of days that count as independent, by their lag-one correlation."""
    memory = float(np.clip(correlation_matrix(np.stack([anomalies[1:], anomalies[:-1]]))[0, 1], 0.0, 0.98))
    return (1.0 - memory) / (1.0 + memory)
