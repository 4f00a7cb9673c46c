"""Statistics of dependence: in time, between variables, and between stations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np

from varwg._arrays import FloatArray
from varwg._statistics import annual, autocorrelations, correlations, masked_mean, mean_ranks, power_spectrum
from weathercop.validation._sample import OWN_UNIT, Sample, Statistic, wet_days

#: Lags of the autocorrelation, in days.
LAGS: Final = tuple(range(1, 11))
#: Bands of periods in days: from (exclusive) and to (inclusive).
BANDS: Final = ((0.0, 7.0), (7.0, 30.0), (30.0, 120.0), (120.0, 366.0), (366.0, 1e9))
BAND_NAMES: Final = ("2-7 d", "7-30 d", "30-120 d", "120-366 d", "> 366 d")
#: Bands of periods of annual means in years: from (exclusive) and to (inclusive).
ANNUAL_BANDS: Final = ((0.0, 4.0), (4.0, 1e9))
ANNUAL_BAND_NAMES: Final = ("2-4 yr", "> 4 yr")
#: Fewer whole years than these have no spread, or no spectrum, worth a number.
_MIN_YEARS: Final = 3
_MIN_YEARS_OF_SPECTRUM: Final = 8


def autocorrelation(sample: Sample) -> FloatArray:
    """Correlation of anomalies with those `LAGS` days before, shape (S, K, lags)."""
    return autocorrelations(sample.anomalies, LAGS)


def band_sd(sample: Sample) -> FloatArray:
    """Standard deviation of anomalies within bands of periods, shape (S, K, bands): their squares add up to the variance."""
    return _sd_in_bands(sample.anomalies, BANDS)


def annual_band_sd(sample: Sample) -> FloatArray:
    """Spectrum of the means of whole calendar years, as `band_sd` over `ANNUAL_BANDS`, shape (S, K, bands)."""
    means = annual(sample.values, sample.times)
    if means.shape[-1] < _MIN_YEARS_OF_SPECTRUM:
        return np.full((*means.shape[:-1], len(ANNUAL_BANDS)), np.nan)
    long_enough = np.isfinite(means).sum(axis=-1) >= _MIN_YEARS_OF_SPECTRUM
    return np.where(long_enough[..., None], _sd_in_bands(means, ANNUAL_BANDS), np.nan)


def annual_sd(sample: Sample) -> FloatArray:
    """Standard deviation (denominator n - 1) of the means of whole calendar years, shape (S, K)."""
    means = annual(sample.values, sample.times)
    present = np.isfinite(means)
    count = present.sum(axis=-1)
    squares = masked_mean((means - masked_mean(means, present)[..., None]) ** 2, present)
    return np.where(count >= _MIN_YEARS, np.sqrt(squares * count / np.maximum(count - 1, 1)), np.nan)


def _sd_in_bands(series: FloatArray, bands: Sequence[tuple[float, float]]) -> FloatArray:
    """Standard deviation of series (..., T) within bands of periods in steps, shape (..., bands)."""
    power = power_spectrum(series)
    frequency = np.arange(power.shape[-1]) / series.shape[-1]
    sums = []
    for shortest, longest in bands:
        inside = (frequency * shortest < 1.0) & (frequency * longest >= 1.0) & (frequency > 0.0)
        sums.append(power[..., inside].sum(axis=-1))
    return np.asarray(np.sqrt(np.stack(sums, axis=-1)))


_MEMORY_DIMS: Final = ("station", "variable")

MEMORY: Final = (
    Statistic("autocorrelation", "autocorrelation of anomalies", (*_MEMORY_DIMS, "lag"), "1", autocorrelation),
    Statistic("band_sd", "standard deviation of anomalies within a band of periods", (*_MEMORY_DIMS, "band"), OWN_UNIT, band_sd),
    Statistic("annual_sd", "standard deviation of annual means", _MEMORY_DIMS, OWN_UNIT, annual_sd),
    Statistic(
        "annual_band_sd",
        "standard deviation of annual means within a band of periods",
        (*_MEMORY_DIMS, "annual_band"),
        OWN_UNIT,
        annual_band_sd,
    ),
)


#: How far from its end a tail begins.
TAIL: Final = 0.1


def variable_pairs(n_variables: int) -> tuple[tuple[int, int], ...]:
    """All pairs of variables, each once."""
    return tuple(combinations(range(n_variables), 2))


def rank_correlation(sample: Sample) -> FloatArray:
    """Spearman's correlation of each pair of variables, by period, shape (S, pairs, 13)."""
    pairs = variable_pairs(sample.values.shape[1])
    table = np.full((sample.values.shape[0], len(pairs), 13), np.nan)
    for number, days in enumerate(sample.periods()):
        ranks = mean_ranks(sample.values[..., days])
        matrix = correlations(ranks, ranks)
        for place, (one, other) in enumerate(pairs):
            table[:, place, number] = matrix[:, one, other]
    return table


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
    present = np.isfinite(u + v)
    low_u, low_v = (u <= TAIL) & present, (v <= TAIL) & present
    populated = (low_u.sum(axis=-1) > 0) & (low_v.sum(axis=-1) > 0)
    return np.where(populated, masked_mean((low_u & low_v).astype(np.float64), present) / TAIL, np.nan)


_DIMS: Final = ("station", "variable_pair")

DEPENDENCE: Final = (
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


def station_pairs(n_stations: int) -> tuple[tuple[int, int], ...]:
    """All pairs of stations, each once."""
    return tuple(combinations(range(n_stations), 2))


def station_correlation(sample: Sample) -> FloatArray:
    """Correlation of the anomalies of one variable at two stations, by period, shape (pairs, K, 13)."""
    return _by_pair(np.swapaxes(sample.anomalies, 0, 1), sample)


def occurrence_correlation(sample: Sample) -> FloatArray:
    """Correlation of wet (1) and dry (0) days at two stations (Wilks 1998), by period, shape (pairs, K, 13)."""
    wet, present = wet_days(sample.values)
    states = np.where(present & sample.rain[:, None], wet.astype(np.float64), np.nan)
    return _by_pair(np.swapaxes(states, 0, 1), sample)


def both_wet(sample: Sample) -> FloatArray:
    """Share of days on which two stations are both wet, by period, shape (pairs, K, 13)."""
    wet, present = wet_days(sample.values)
    present = present & sample.rain[:, None]
    pairs = station_pairs(len(wet))
    shares = np.full((len(pairs), wet.shape[1], 13), np.nan)
    for place, (one, other) in enumerate(pairs):
        both, valid = wet[one] & wet[other], present[one] & present[other]
        for number, days in enumerate(sample.periods()):
            shares[place, :, number] = masked_mean(both[:, days], valid[:, days])
    return shares


def _by_pair(series: FloatArray, sample: Sample) -> FloatArray:
    """Correlations of series (K, S, T) between stations, shape (pairs, K, 13)."""
    pairs = station_pairs(series.shape[1])
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    matrices = [correlations(series[..., days], series[..., days])[:, first, second].T for days in sample.periods()]
    return np.stack(matrices, axis=-1)


_SPACE_DIMS: Final = ("station_pair", "variable", "period")

SPACE: Final = (
    Statistic("station_correlation", "correlation of anomalies at two stations", _SPACE_DIMS, "1", station_correlation),
    Statistic(
        "occurrence_correlation", "correlation of wet and dry days at two stations", _SPACE_DIMS, "1", occurrence_correlation
    ),
    Statistic("both_wet", "share of days that are wet at two stations", _SPACE_DIMS, "1", both_wet),
)
