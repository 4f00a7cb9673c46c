"""Variables between two bounds: beta and Kumaraswamy distributions."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray
from varwg.marginals._base import solve_rows
from varwg.marginals._sample import SeasonalSample
from varwg.marginals._seasonal import seasonal_moments
from varwg.marginals._tabulated import Tabulated, node_scores, tabulate


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


def fit_beta(sample: SeasonalSample) -> Tabulated:
    """The beta distribution of the position between the bounds, with its seasonal mean m and variance v.

    With n = m (1 - m) / v - 1, the parameters are a = m n and b = (1 - m) n.

    Raises
    ------
    FitError
        If a bound is not finite.
    """
    mean, variance = relative_moments(sample, "beta")
    total = mean * (1.0 - mean) / variance - 1.0
    a, b = mean * total, (1.0 - mean) * total
    scores = node_scores()[0]
    low = scores < 0.0
    lower = special.betaincinv(a[:, None], b[:, None], special.ndtr(scores[low]))
    upper = 1.0 - special.betaincinv(b[:, None], a[:, None], special.ndtr(-scores[~low]))
    return tabulate_relative("beta", np.hstack([lower, upper]), sample, (("a", a), ("b", b)))


#: Largest logarithm of a parameter.
_LIMIT: Final = 7.0


def fit_kumaraswamy(sample: SeasonalSample) -> Tabulated:
    """The Kumaraswamy distribution of the position between the bounds, with its seasonal mean and variance.

    F(y) = 1 - (1 - y**a)**b, E y**n = b B(1 + n/a, b) (Kumaraswamy 1980, Journal of Hydrology 46).

    Raises
    ------
    FitError
        If a bound is not finite, or no such distribution has these moments.
    """
    mean, variance = relative_moments(sample, "kumaraswamy")

    def misfit(log_a: FloatArray, log_b: FloatArray) -> tuple[FloatArray, FloatArray]:
        log_moments = [log_b + special.betaln(1.0 + n * np.exp(-log_a), np.exp(log_b)) for n in (1, 2)]
        mean_of_powers = np.exp(log_moments[0])
        found_variance = np.maximum(np.exp(log_moments[1]) - mean_of_powers**2, 1e-12)
        return special.logit(mean_of_powers) - special.logit(mean), np.log(found_variance / variance)

    log_a, log_b, left = solve_rows(misfit, np.full_like(mean, 0.7), np.full_like(mean, 0.7), _LIMIT)
    sample.require_solution("kumaraswamy", left)
    a, b = np.exp(log_a), np.exp(log_b)
    survival = special.log_ndtr(-node_scores()) / b[:, None]
    quantiles = (-np.expm1(survival)) ** (1.0 / a[:, None])
    return tabulate_relative("kumaraswamy", quantiles, sample, (("a", a), ("b", b)))
