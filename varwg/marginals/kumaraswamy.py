"""The seasonal Kumaraswamy distribution between two bounds."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from varwg.arrays import FloatArray
from varwg.marginals.bounded import relative_moments, tabulate_relative
from varwg.marginals.newton import solve_rows
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.tabulated import Tabulated, node_scores

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
        found = np.exp(log_moments[0])
        found_variance = np.maximum(np.exp(log_moments[1]) - found**2, 1e-12)
        return special.logit(found) - special.logit(mean), np.log(found_variance / variance)

    log_a, log_b, left = solve_rows(misfit, np.full_like(mean, 0.7), np.full_like(mean, 0.7), _LIMIT)
    sample.require_solution("kumaraswamy", left)
    a, b = np.exp(log_a), np.exp(log_b)
    survival = special.log_ndtr(-node_scores()) / b[:, None]
    quantiles = (-np.expm1(survival)) ** (1.0 / a[:, None])
    return tabulate_relative("kumaraswamy", quantiles, sample, (("a", a), ("b", b)))
