"""Statistics of the dependence between stations: correlation of anomalies, of wet days, and both wet."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np

from varwg.arrays import FloatArray
from varwg.statistics import correlations, masked_mean
from weathercop.validation.sample import Sample, wet_days
from weathercop.validation.statistic import Statistic


def station_pairs(n_stations: int) -> tuple[tuple[int, int], ...]:
    """All pairs of stations, each once."""
    return tuple(combinations(range(n_stations), 2))


def station_correlation(sample: Sample) -> FloatArray:
    """Correlation of the anomalies of one variable at two stations, by period, shape (pairs, K, 13)."""
    return _by_pair(np.swapaxes(sample.anomalies, 0, 1), sample)


def occurrence_correlation(sample: Sample) -> FloatArray:
    """Correlation of wet (1) and dry (0) days at two stations (Wilks 1998), by period, shape (pairs, K, 13)."""
    wet, known = wet_days(sample.values)
    states = np.where(known & sample.rain[:, None], wet.astype(np.float64), np.nan)
    return _by_pair(np.swapaxes(states, 0, 1), sample)


def both_wet(sample: Sample) -> FloatArray:
    """Share of days on which two stations are both wet, by period, shape (pairs, K, 13)."""
    wet, known = wet_days(sample.values)
    known = known & sample.rain[:, None]
    pairs = station_pairs(len(wet))
    found = np.full((len(pairs), wet.shape[1], 13), np.nan)
    for place, (one, other) in enumerate(pairs):
        both, valid = wet[one] & wet[other], known[one] & known[other]
        for number, days in enumerate(sample.periods()):
            found[place, :, number] = masked_mean(both[:, days], valid[:, days])
    return found


def _by_pair(series: FloatArray, sample: Sample) -> FloatArray:
    """Correlations of series (K, S, T) between stations, shape (pairs, K, 13)."""
    pairs = station_pairs(series.shape[1])
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    matrices = [correlations(series[..., days], series[..., days])[:, first, second].T for days in sample.periods()]
    return np.stack(matrices, axis=-1)


_DIMS: Final = ("station_pair", "variable", "period")

STATISTICS: Final = (
    Statistic("station_correlation", "correlation of anomalies at two stations", _DIMS, "1", station_correlation),
    Statistic("occurrence_correlation", "correlation of wet and dry days at two stations", _DIMS, "1", occurrence_correlation),
    Statistic("both_wet", "share of days that are wet at two stations", _DIMS, "1", both_wet),
)
