"""Statistics of memory: autocorrelation, and standard deviations of days and of years in bands of periods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from varwg._arrays import FloatArray
from varwg._statistics import annual, autocorrelations, masked_mean, power_spectrum
from weathercop.validation._sample import OWN_UNIT, Sample, Statistic

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
    known = np.isfinite(means).sum(axis=-1) >= _MIN_YEARS_OF_SPECTRUM
    return np.where(known[..., None], _sd_in_bands(means, ANNUAL_BANDS), np.nan)


def annual_sd(sample: Sample) -> FloatArray:
    """Standard deviation (denominator n - 1) of the means of whole calendar years, shape (S, K)."""
    means = annual(sample.values, sample.times)
    known = np.isfinite(means)
    count = known.sum(axis=-1)
    squares = masked_mean((means - masked_mean(means, known)[..., None]) ** 2, known)
    return np.where(count >= _MIN_YEARS, np.sqrt(squares * count / np.maximum(count - 1, 1)), np.nan)


def _sd_in_bands(series: FloatArray, bands: Sequence[tuple[float, float]]) -> FloatArray:
    """Standard deviation of series (..., T) within bands of periods in steps, shape (..., bands)."""
    power = power_spectrum(series)
    frequency = np.arange(power.shape[-1]) / series.shape[-1]
    sums = []
    for shortest, longest in bands:
        inside = (frequency * shortest < 1.0) & (frequency * longest >= 1.0) & (frequency > 0.0)
        sums.append(power[..., inside].sum(axis=-1))
    return np.sqrt(np.stack(sums, axis=-1))


_DIMS: Final = ("station", "variable")

MEMORY: Final = (
    Statistic("autocorrelation", "autocorrelation of anomalies", (*_DIMS, "lag"), "1", autocorrelation),
    Statistic("band_sd", "standard deviation of anomalies within a band of periods", (*_DIMS, "band"), OWN_UNIT, band_sd),
    Statistic("annual_sd", "standard deviation of annual means", _DIMS, OWN_UNIT, annual_sd),
    Statistic(
        "annual_band_sd",
        "standard deviation of annual means within a band of periods",
        (*_DIMS, "annual_band"),
        OWN_UNIT,
        annual_band_sd,
    ),
)
