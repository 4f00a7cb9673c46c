"""Statistics of distributions (moments, quantiles, extremes), and of wet and dry days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import numpy as np

from varwg._arrays import BoolArray, FloatArray
from varwg._statistics import annual, gev_from_l_moments, gev_quantiles, masked_mean, running_mean, sorted_quantiles
from varwg.rain import spell_lengths
from weathercop.validation._sample import OWN_UNIT, Sample, Statistic, wet_days

#: Probabilities of the quantiles.
LEVELS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)


def mean(sample: Sample) -> FloatArray:
    """Mean of the daily values of each period, shape (S, K, 13)."""
    return _by_period(sample, lambda values: masked_mean(values, np.isfinite(values)))


def standard_deviation(sample: Sample) -> FloatArray:
    """Standard deviation (denominator n - 1) of the daily values of each period, shape (S, K, 13)."""
    return _by_period(sample, lambda values: np.sqrt(_central_moment(values, 2) * _bessel(values)))


def skewness(sample: Sample) -> FloatArray:
    """Third central moment over the cube of the standard deviation (Fisher's g1), shape (S, K, 13)."""

    def of(values: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(_central_moment(values, 3) / _central_moment(values, 2) ** 1.5)

    return _by_period(sample, of)


def quantiles(sample: Sample) -> FloatArray:
    """Quantiles of `LEVELS` of each period, shape (S, K, 13, levels)."""
    return np.stack([sorted_quantiles(sample.values[..., days], LEVELS) for days in sample.periods()], axis=2)


def _by_period(sample: Sample, statistic: Callable[[FloatArray], FloatArray]) -> FloatArray:
    return np.stack([statistic(sample.values[..., days]) for days in sample.periods()], axis=-1)


def _central_moment(values: FloatArray, power: Literal[2, 3]) -> FloatArray:
    present = np.isfinite(values)
    departures = values - masked_mean(values, present)[..., None]
    squares = departures * departures
    return masked_mean(squares if power == 2 else squares * departures, present)


def _bessel(values: FloatArray) -> FloatArray:
    count = np.isfinite(values).sum(axis=-1).astype(np.float64)
    return np.where(count > 1, count / np.maximum(count - 1.0, 1.0), np.nan)


_DIMS: Final = ("station", "variable", "period")

DISTRIBUTION: Final = (
    Statistic("mean", "mean of daily values", _DIMS, OWN_UNIT, mean, location=True),
    Statistic("sd", "standard deviation of daily values", _DIMS, OWN_UNIT, standard_deviation),
    Statistic("skewness", "skewness of daily values", _DIMS, "1", skewness),
    Statistic("quantile", "quantiles of daily values", (*_DIMS, "level"), OWN_UNIT, quantiles, location=True),
)


#: Durations in days.
DURATIONS: Final = (1, 3, 5)
#: Return periods in years.
RETURN_PERIODS: Final = (2.0, 5.0, 10.0, 20.0, 50.0)
#: Fewer maxima than this do not determine three parameters.
_MIN_MAXIMA: Final = 8


def annual_maximum(sample: Sample) -> FloatArray:
    """Mean over the years of the largest sum (rain) or mean (else) of `DURATIONS` days, shape (S, K, durations)."""
    maxima = annual_maxima(sample)
    return masked_mean(maxima, np.isfinite(maxima))


def return_levels(sample: Sample) -> FloatArray:
    """What is exceeded once in `RETURN_PERIODS` years on average, shape (S, K, durations, periods).

    From a generalised extreme value distribution fitted to the annual maxima by L-moments (Hosking and Wallis 1997).
    """
    maxima = annual_maxima(sample)
    levels = np.full((*maxima.shape[:-1], len(RETURN_PERIODS)), np.nan)
    for place in np.ndindex(*maxima.shape[:-1]):
        usable = maxima[place][np.isfinite(maxima[place])]
        if usable.size >= _MIN_MAXIMA:
            levels[place] = gev_quantiles(gev_from_l_moments(usable), 1.0 - 1.0 / np.asarray(RETURN_PERIODS))
    return levels


def annual_maxima(sample: Sample) -> FloatArray:
    """Largest sum (rain) or mean (else) of `DURATIONS` days of each whole year, shape (S, K, durations, years).

    Days count for the year in which the last of them lies.
    """
    factors = np.where(sample.rain[:, None], np.asarray(DURATIONS, dtype=np.float64), 1.0)
    maxima = []
    for number, days in enumerate(DURATIONS):
        means = np.full(sample.values.shape, np.nan)
        means[..., days - 1 :] = running_mean(sample.values, days)
        maxima.append(annual(means, sample.times, largest=True) * factors[:, number, None])
    return np.stack(maxima, axis=2)


_EXTREMES_DIMS: Final = ("station", "variable", "duration")

EXTREMES: Final = (
    Statistic(
        "annual_maximum", "mean annual maximum over one or more days", _EXTREMES_DIMS, OWN_UNIT, annual_maximum, location=True
    ),
    Statistic(
        "return_level",
        "return levels over one or more days",
        (*_EXTREMES_DIMS, "return_period"),
        OWN_UNIT,
        return_levels,
        location=True,
    ),
)


#: Days over which rain is summed up.
SUM_DAYS: Final = (3, 5, 10, 30)
_SPELL_LEVEL: Final = 0.95


def wet_frequency(sample: Sample) -> FloatArray:
    """Share of days with at least 1 mm, shape (S, K, 13)."""
    wet, present = wet_days(sample.rain_values())
    shares = [masked_mean(wet[..., days], present[..., days]) for days in sample.periods()]
    return sample.among_variables(np.stack(shares, axis=-1))


def wet_after_dry(sample: Sample) -> FloatArray:
    """p01: probability of a wet day after a dry one, by period of the second day, shape (S, K, 13)."""
    return _transition(sample, before=False)


def wet_after_wet(sample: Sample) -> FloatArray:
    """p11: probability of a wet day after a wet one, by period of the second day, shape (S, K, 13)."""
    return _transition(sample, before=True)


def wet_day_mean(sample: Sample) -> FloatArray:
    """Mean amount of wet days, shape (S, K, 13)."""
    rain = sample.rain_values()
    wet, _ = wet_days(rain)
    means = [masked_mean(rain[..., days], wet[..., days]) for days in sample.periods()]
    return sample.among_variables(np.stack(means, axis=-1))


def wet_day_sd(sample: Sample) -> FloatArray:
    """Standard deviation (denominator n) of the amounts of wet days, shape (S, K, 13)."""
    rain = sample.rain_values()
    wet, _ = wet_days(rain)
    spreads = []
    for days in sample.periods():
        amounts, mask = rain[..., days], wet[..., days]
        spreads.append(np.sqrt(masked_mean((amounts - masked_mean(amounts, mask)[..., None]) ** 2, mask)))
    return sample.among_variables(np.stack(spreads, axis=-1))


def spell_mean(sample: Sample) -> FloatArray:
    """Mean length of dry and wet spells in days, shape (S, K, 2)."""
    return _spells(sample)[..., 0]


def spell_p95(sample: Sample) -> FloatArray:
    """95 % quantile of the length of dry and wet spells in days, shape (S, K, 2)."""
    return _spells(sample)[..., 1]


def spell_max(sample: Sample) -> FloatArray:
    """Length of the longest dry and wet spell in days, shape (S, K, 2)."""
    return _spells(sample)[..., 2]


def sum_sd(sample: Sample) -> FloatArray:
    """Standard deviation of running sums of `SUM_DAYS` days of rain, shape (S, K, sums)."""
    sums = [running_mean(sample.rain_values(), days) * days for days in SUM_DAYS]
    spreads = [np.sqrt(masked_mean((s - masked_mean(s, np.isfinite(s))[..., None]) ** 2, np.isfinite(s))) for s in sums]
    return sample.among_variables(np.stack(spreads, axis=-1))


def sum_q99(sample: Sample) -> FloatArray:
    """99 % quantile of running sums of `SUM_DAYS` days of rain, shape (S, K, sums)."""
    rain = sample.rain_values()
    quantiles = [sorted_quantiles(running_mean(rain, days) * days, (0.99,))[..., 0] for days in SUM_DAYS]
    return sample.among_variables(np.stack(quantiles, axis=-1))


def _transition(sample: Sample, before: bool) -> FloatArray:
    wet, present = wet_days(sample.rain_values())
    start: BoolArray = present[..., :-1] & present[..., 1:] & (wet[..., :-1] == before)
    shares = []
    for days in sample.periods():
        second = days[days > 0]
        shares.append(masked_mean(wet[..., second], start[..., second - 1]))
    return sample.among_variables(np.stack(shares, axis=-1))


def _spells(sample: Sample) -> FloatArray:
    rain = sample.rain_values()
    table = np.full((*rain.shape[:2], 2, 3), np.nan)
    for place in np.ndindex(*rain.shape[:2]):
        for kind, lengths in enumerate(spell_lengths(rain[place])):
            if lengths.size:
                table[place][kind] = lengths.mean(), np.quantile(lengths, _SPELL_LEVEL), lengths.max()
    return sample.among_variables(table)


_SEASONAL: Final = ("station", "variable", "period")
_SPELL: Final = ("station", "variable", "spell")
_SUMS: Final = ("station", "variable", "sum_days")

OCCURRENCE: Final = (
    Statistic("wet_frequency", "share of wet days (1 mm or more)", _SEASONAL, "1", wet_frequency),
    Statistic("p01", "probability of a wet day after a dry one", _SEASONAL, "1", wet_after_dry),
    Statistic("p11", "probability of a wet day after a wet one", _SEASONAL, "1", wet_after_wet),
    Statistic("wet_mean", "mean amount of wet days", _SEASONAL, OWN_UNIT, wet_day_mean),
    Statistic("wet_sd", "standard deviation of the amounts of wet days", _SEASONAL, OWN_UNIT, wet_day_sd),
    Statistic("spell_mean", "mean length of spells", _SPELL, "d", spell_mean),
    Statistic("spell_p95", "95 % quantile of the length of spells", _SPELL, "d", spell_p95),
    Statistic("spell_max", "longest spell", _SPELL, "d", spell_max),
    Statistic("sum_sd", "standard deviation of sums of several days", _SUMS, OWN_UNIT, sum_sd),
    Statistic("sum_q99", "99 % quantile of sums of several days", _SUMS, OWN_UNIT, sum_q99),
)
