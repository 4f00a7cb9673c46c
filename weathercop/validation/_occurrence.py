"""Statistics of wet and dry days: frequency, transitions, amounts on wet days, spells and sums of several days."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg._arrays import BoolArray, FloatArray
from varwg._statistics import masked_mean, running_mean, sorted_quantiles
from varwg.rain import spell_lengths
from weathercop.validation._sample import OWN_UNIT, Sample, Statistic, wet_days

#: Days over which rain is summed up.
SUM_DAYS: Final = (3, 5, 10, 30)
_SPELL_LEVEL: Final = 0.95


def wet_frequency(sample: Sample) -> FloatArray:
    """Share of days with at least 1 mm, shape (S, K, 13)."""
    wet, known = wet_days(sample.rain_values())
    shares = [masked_mean(wet[..., days], known[..., days]) for days in sample.periods()]
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
    found = []
    for days in sample.periods():
        own, mask = rain[..., days], wet[..., days]
        found.append(np.sqrt(masked_mean((own - masked_mean(own, mask)[..., None]) ** 2, mask)))
    return sample.among_variables(np.stack(found, axis=-1))


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
    found = [sorted_quantiles(running_mean(rain, days) * days, (0.99,))[..., 0] for days in SUM_DAYS]
    return sample.among_variables(np.stack(found, axis=-1))


def _transition(sample: Sample, before: bool) -> FloatArray:
    wet, known = wet_days(sample.rain_values())
    start: BoolArray = known[..., :-1] & known[..., 1:] & (wet[..., :-1] == before)
    shares = []
    for days in sample.periods():
        second = days[days > 0]
        shares.append(masked_mean(wet[..., second], start[..., second - 1]))
    return sample.among_variables(np.stack(shares, axis=-1))


def _spells(sample: Sample) -> FloatArray:
    rain = sample.rain_values()
    found = np.full((*rain.shape[:2], 2, 3), np.nan)
    for place in np.ndindex(*rain.shape[:2]):
        for kind, lengths in enumerate(spell_lengths(rain[place])):
            if lengths.size:
                found[place][kind] = lengths.mean(), np.quantile(lengths, _SPELL_LEVEL), lengths.max()
    return sample.among_variables(found)


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
