"""The seasonal normal distribution truncated at the bounds of a variable."""

from __future__ import annotations

import numpy as np
from scipy import special

from varwg.arrays import FloatArray
from varwg.errors import FitError
from varwg.marginals.behind_bounds import hidden_moments
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.seasonal import seasonal_moments
from varwg.marginals.tabulated import Tabulated, node_scores, tabulate


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
