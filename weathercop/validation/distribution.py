"""Statistics of the distribution of daily values: mean, standard deviation, skewness and quantiles, by month."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import numpy as np

from varwg.arrays import FloatArray
from varwg.statistics import masked_mean, sorted_quantiles
from weathercop.validation.sample import Sample
from weathercop.validation.statistic import OWN_UNIT, Statistic

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
    known = np.isfinite(values)
    departures = values - masked_mean(values, known)[..., None]
    squares = departures * departures
    return masked_mean(squares if power == 2 else squares * departures, known)


def _bessel(values: FloatArray) -> FloatArray:
    count = np.isfinite(values).sum(axis=-1).astype(np.float64)
    return np.where(count > 1, count / np.maximum(count - 1.0, 1.0), np.nan)


_DIMS: Final = ("station", "variable", "period")

STATISTICS: Final = (
    Statistic("mean", "mean of daily values", _DIMS, OWN_UNIT, mean, location=True),
    Statistic("sd", "standard deviation of daily values", _DIMS, OWN_UNIT, standard_deviation),
    Statistic("skewness", "skewness of daily values", _DIMS, "1", skewness),
    Statistic("quantile", "quantiles of daily values", (*_DIMS, "level"), OWN_UNIT, quantiles, location=True),
)
