"""Statistics of memory: autocorrelation, standard deviation in bands of periods, and what differs from year to year."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg.arrays import FloatArray
from varwg.statistics import annual, autocorrelations, masked_mean, power_spectrum
from weathercop.validation.sample import Sample
from weathercop.validation.statistic import OWN_UNIT, Statistic

#: Lags of the autocorrelation, in days.
LAGS: Final = tuple(range(1, 11))
#: Bands of periods in days: from (exclusive) and to (inclusive).
BANDS: Final = ((0.0, 7.0), (7.0, 30.0), (30.0, 120.0), (120.0, 366.0), (366.0, 1e9))
BAND_NAMES: Final = ("2-7 d", "7-30 d", "30-120 d", "120-366 d", "> 366 d")
#: Fewer whole years than this have no spread worth a number.
_MIN_YEARS: Final = 3


def autocorrelation(sample: Sample) -> FloatArray:
    """Correlation of anomalies with those `LAGS` days before, shape (S, K, lags)."""
    return autocorrelations(sample.anomalies, LAGS)


def band_sd(sample: Sample) -> FloatArray:
    """Standard deviation of anomalies within bands of periods, shape (S, K, bands): their squares add up to the variance."""
    power = power_spectrum(sample.anomalies)
    frequency = np.arange(power.shape[-1]) / sample.times.size
    sums = []
    for shortest, longest in BANDS:
        inside = (frequency * shortest < 1.0) & (frequency * longest >= 1.0) & (frequency > 0.0)
        sums.append(power[..., inside].sum(axis=-1))
    return np.sqrt(np.stack(sums, axis=-1))


def annual_sd(sample: Sample) -> FloatArray:
    """Standard deviation (denominator n - 1) of the means of whole calendar years, shape (S, K)."""
    means = annual(sample.values, sample.times)
    known = np.isfinite(means)
    count = known.sum(axis=-1)
    squares = masked_mean((means - masked_mean(means, known)[..., None]) ** 2, known)
    return np.where(count >= _MIN_YEARS, np.sqrt(squares * count / np.maximum(count - 1, 1)), np.nan)


_DIMS: Final = ("station", "variable")

STATISTICS: Final = (
    Statistic("autocorrelation", "autocorrelation of anomalies", (*_DIMS, "lag"), "1", autocorrelation),
    Statistic("band_sd", "standard deviation of anomalies within a band of periods", (*_DIMS, "band"), OWN_UNIT, band_sd),
    Statistic("annual_sd", "standard deviation of annual means", _DIMS, OWN_UNIT, annual_sd),
)
