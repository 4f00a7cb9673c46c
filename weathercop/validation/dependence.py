"""Statistics of the dependence between the variables of a station: ranks, lag one, tails and asymmetry."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np

from varwg.arrays import FloatArray
from varwg.statistics import correlations, masked_mean, mean_ranks
from weathercop.validation.sample import Sample
from weathercop.validation.statistic import Statistic

#: How far from its end a tail begins.
TAIL: Final = 0.1


def variable_pairs(n_variables: int) -> tuple[tuple[int, int], ...]:
    """All pairs of variables, each once."""
    return tuple(combinations(range(n_variables), 2))


def rank_correlation(sample: Sample) -> FloatArray:
    """Spearman's correlation of each pair of variables, by period, shape (S, pairs, 13)."""
    pairs = variable_pairs(sample.values.shape[1])
    found = np.full((sample.values.shape[0], len(pairs), 13), np.nan)
    for number, days in enumerate(sample.periods()):
        ranks = mean_ranks(sample.values[..., days])
        matrix = correlations(ranks, ranks)
        for place, (one, other) in enumerate(pairs):
            found[:, place, number] = matrix[:, one, other]
    return found


def lagged_correlation(sample: Sample) -> FloatArray:
    """Correlation of the anomalies of a variable with those of another on the day before, shape (S, K, K)."""
    matrix = correlations(sample.anomalies[..., 1:], sample.anomalies[..., :-1])
    matrix[:, np.arange(matrix.shape[1]), np.arange(matrix.shape[1])] = np.nan
    return matrix


def lower_tail(sample: Sample) -> FloatArray:
    """P(U <= q, V <= q) / q of monthly ranks with q = 0.1 (Coles, Heffernan and Tawn 1999), shape (S, pairs)."""
    return _tail(sample.ranks)


def upper_tail(sample: Sample) -> FloatArray:
    """P(U > 1 - q, V > 1 - q) / q of monthly ranks with q = 0.1 (Coles, Heffernan and Tawn 1999), shape (S, pairs)."""
    return _tail(1.0 - sample.ranks)


def tail_asymmetry(sample: Sample) -> FloatArray:
    """E (U + V - 1)^3 of monthly ranks: above zero where high values go together more than low ones, shape (S, pairs).

    Rosco and Joe (2013), Measures of tail asymmetry for bivariate copulas.
    """
    u, v = _paired(sample.ranks)
    return _third_moment(u + v - 1.0)


def order_asymmetry(sample: Sample) -> FloatArray:
    """E (U - V)^3 of monthly ranks: zero for exchangeable variables, shape (S, pairs); source as `tail_asymmetry`."""
    u, v = _paired(sample.ranks)
    return _third_moment(u - v)


def _paired(ranks: FloatArray) -> tuple[FloatArray, FloatArray]:
    pairs = variable_pairs(ranks.shape[1])
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    return ranks[:, first], ranks[:, second]


def _third_moment(values: FloatArray) -> FloatArray:
    return masked_mean(values * values * values, np.isfinite(values))


def _tail(ranks: FloatArray) -> FloatArray:
    """Share of days with both in the lowest tail, over its width; NaN where a variable has none (dry days are ties)."""
    u, v = _paired(ranks)
    known = np.isfinite(u + v)
    low_u, low_v = (u <= TAIL) & known, (v <= TAIL) & known
    populated = (low_u.sum(axis=-1) > 0) & (low_v.sum(axis=-1) > 0)
    return np.where(populated, masked_mean((low_u & low_v).astype(np.float64), known) / TAIL, np.nan)


_DIMS: Final = ("station", "variable_pair")

STATISTICS: Final = (
    Statistic("rank_correlation", "Spearman's correlation of two variables", (*_DIMS, "period"), "1", rank_correlation),
    Statistic(
        "lagged_correlation",
        "correlation of anomalies of a variable with those of another on the day before",
        ("station", "variable", "earlier_variable"),
        "1",
        lagged_correlation,
    ),
    Statistic("lower_tail", "dependence of two variables in the lower tail (10 %)", _DIMS, "1", lower_tail),
    Statistic("upper_tail", "dependence of two variables in the upper tail (10 %)", _DIMS, "1", upper_tail),
    Statistic(
        "tail_asymmetry", "asymmetry of the tails of two variables, E (U + V - 1)^3 of their ranks", _DIMS, "1", tail_asymmetry
    ),
    Statistic(
        "order_asymmetry", "asymmetry of two variables in their order, E (U - V)^3 of their ranks", _DIMS, "1", order_asymmetry
    ),
)
