"""Statistics of extremes: annual maxima of one to five days, and return levels of a distribution fitted to them."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg.arrays import FloatArray
from varwg.statistics import annual, gev_from_l_moments, gev_quantiles, masked_mean, running_mean
from weathercop.validation.sample import Sample
from weathercop.validation.statistic import OWN_UNIT, Statistic

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
    found = np.full((*maxima.shape[:-1], len(RETURN_PERIODS)), np.nan)
    for place in np.ndindex(*maxima.shape[:-1]):
        own = maxima[place][np.isfinite(maxima[place])]
        if own.size >= _MIN_MAXIMA:
            found[place] = gev_quantiles(gev_from_l_moments(own), 1.0 - 1.0 / np.asarray(RETURN_PERIODS))
    return found


def annual_maxima(sample: Sample) -> FloatArray:
    """Largest sum (rain) or mean (else) of `DURATIONS` days of each whole year, shape (S, K, durations, years).

    Days count for the year in which the last of them lies.
    """
    factors = np.where(sample.rain[:, None], np.asarray(DURATIONS, dtype=np.float64), 1.0)
    found = []
    for number, days in enumerate(DURATIONS):
        means = np.full(sample.values.shape, np.nan)
        means[..., days - 1 :] = running_mean(sample.values, days)
        found.append(annual(means, sample.times, largest=True) * factors[:, number, None])
    return np.stack(found, axis=2)


_DIMS: Final = ("station", "variable", "duration")

STATISTICS: Final = (
    Statistic("annual_maximum", "mean annual maximum over some days", _DIMS, OWN_UNIT, annual_maximum, location=True),
    Statistic("return_level", "return levels over some days", (*_DIMS, "return_period"), OWN_UNIT, return_levels, location=True),
)
