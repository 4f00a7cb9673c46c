"""Statistics of series as functions of arrays, time along the last axis, NaN left out: for validation and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike
from scipy import special

from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray

#: Harmonics of the mean annual cycle that anomalies are taken from.
_HARMONICS: Final = 3
#: Fewer values than this say nothing about a correlation.
_MIN_PAIRS: Final = 10
#: A year counts with at least this share of its days known.
_YEAR_COVERAGE: Final = 0.95
#: Shapes of extreme value distributions nearer to zero than this are those of a Gumbel distribution.
_NO_SHAPE: Final = 1e-6


def masked_mean(values: FloatArray | BoolArray, where: BoolArray) -> FloatArray:
    """Mean of the values for which `where` is true; NaN where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(where, values, 0.0).sum(axis=-1) / where.sum(axis=-1), dtype=np.float64)


def sorted_quantiles(values: FloatArray, levels: ArrayLike) -> FloatArray:
    """Quantiles by linear interpolation (type 7 of Hyndman and Fan 1996), along a new last axis."""
    probabilities = np.asarray(levels, dtype=np.float64)
    if values.shape[-1] == 0:
        return np.full((*values.shape[:-1], probabilities.size), np.nan)
    ordered = np.sort(values, axis=-1)
    count = np.isfinite(values).sum(axis=-1, keepdims=True)
    position = probabilities * np.maximum(count - 1, 0)
    below = np.floor(position).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low, high = np.take_along_axis(ordered, below, -1), np.take_along_axis(ordered, above, -1)
    return np.asarray(low + (position - below) * (high - low))


def running_mean(values: FloatArray, days: int) -> FloatArray:
    """Mean of each `days` consecutive values, NaN where one is missing; days - 1 values fewer."""
    if values.shape[-1] < days:
        return np.empty((*values.shape[:-1], 0))
    return np.asarray(sliding_window_view(values, days, axis=-1).mean(axis=-1))


def mean_ranks(values: FloatArray) -> FloatArray:
    """Ranks 1, 2, ..., ties sharing their mean, NaN staying NaN."""
    from scipy.stats import rankdata

    if values.shape[-1] == 0:
        return values.copy()
    ranks = rankdata(np.where(np.isfinite(values), values, np.inf), axis=-1)
    return np.where(np.isfinite(values), ranks, np.nan)


def anomalies(values: FloatArray, doy: IntArray) -> FloatArray:
    """Departures from a mean annual cycle of three harmonics by least squares."""
    angle = 2.0 * np.pi * doy / 365.25
    waves = [wave(number * angle) for number in range(1, _HARMONICS + 1) for wave in (np.cos, np.sin)]
    design = np.stack([np.ones_like(angle), *waves], axis=1)
    flat = values.reshape(-1, values.shape[-1])
    result = np.full_like(flat, np.nan)
    present = np.isfinite(flat)
    complete = present.all(axis=1)
    if complete.any():
        basis = np.linalg.qr(design)[0]
        result[complete] = flat[complete] - (flat[complete] @ basis) @ basis.T
    for row in np.flatnonzero(~complete & (present.sum(axis=1) > design.shape[1])):
        days = present[row]
        result[row] = flat[row] - design @ np.linalg.lstsq(design[days], flat[row, days], rcond=None)[0]
    return result.reshape(values.shape)


def correlations(x: FloatArray, y: FloatArray) -> FloatArray:
    """Pearson correlations of all rows of x (..., N, T) with all of y (..., M, T) over the days both have, (..., N, M)."""
    known_x, known_y = np.isfinite(x).astype(np.float64), np.isfinite(y).astype(np.float64)
    x0, y0 = _centred(x, known_x), _centred(y, known_y)
    other_x, other_y = np.swapaxes(known_x, -1, -2), np.swapaxes(known_y, -1, -2)
    count = known_x @ other_y
    with np.errstate(divide="ignore", invalid="ignore"):
        sum_x, sum_y = x0 @ other_y, np.swapaxes(y0 @ other_x, -1, -2)
        covariance = x0 @ np.swapaxes(y0, -1, -2) - sum_x * sum_y / count
        variance_x = x0**2 @ other_y - sum_x**2 / count
        variance_y = np.swapaxes(y0**2 @ other_x, -1, -2) - sum_y**2 / count
        smallest = 1e-12 * np.maximum(count, 1.0)
        enough_x = variance_x > smallest * np.max(x0**2, axis=-1, keepdims=True, initial=0.0)
        enough_y = variance_y > smallest * np.swapaxes(np.max(y0**2, axis=-1, keepdims=True, initial=0.0), -1, -2)
        usable = (count >= _MIN_PAIRS) & enough_x & enough_y
        return np.where(usable, covariance / np.sqrt(variance_x * variance_y), np.nan)


def autocorrelations(values: FloatArray, lags: Sequence[int]) -> FloatArray:
    """Correlation of each series (..., T) with itself `lags` (at least 1) days before, (..., lags)."""
    series = values[..., None, :]
    return np.stack([correlations(series[..., lag:], series[..., :-lag])[..., 0, 0] for lag in lags], axis=-1)


def power_spectrum(values: FloatArray) -> FloatArray:
    """Periodogram (..., T // 2 + 1) of series (..., T): the share of the variance at each frequency k / T per day.

    The sum over all frequencies is the variance (Parseval). Gaps are taken as the mean, and the power is scaled to the
    share of days that are known.
    """
    present = np.isfinite(values)
    filled = np.where(present, values - masked_mean(values, present)[..., None], 0.0)
    n_days = filled.shape[-1]
    power = np.abs(np.fft.rfft(filled, axis=-1)) ** 2 / n_days
    power[..., 1 : (n_days + 1) // 2] *= 2.0
    count = present.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(count > 0, power / np.maximum(count, 1), np.nan))


def annual(values: FloatArray, times: TimeArray, *, largest: bool = False) -> FloatArray:
    """Mean, or maximum, of each whole calendar year of values (..., T); NaN for years with many gaps, (..., years)."""
    years = np.asarray(times).astype("datetime64[Y]").astype(np.intp)
    columns = [np.empty((*values.shape[:-1], 0))]
    for year in np.unique(years):
        of_year = values[..., years == year]
        if of_year.shape[-1] >= 365:
            present = np.isfinite(of_year)
            reduced = np.where(present, of_year, -np.inf).max(axis=-1) if largest else masked_mean(of_year, present)
            columns.append(np.where(present.mean(axis=-1) >= _YEAR_COVERAGE, reduced, np.nan)[..., None])
    return np.concatenate(columns, axis=-1)


def gev_from_l_moments(maxima: FloatArray) -> tuple[float, float, float]:
    """Location, scale and shape k of a generalised extreme value distribution of maxima (N,), by L-moments.

    k has Hosking's sign: k < 0 is a heavy tail. It is Hosking, Wallis and Wood's (1985) approximation, good to 9e-4;
    see Hosking and Wallis (1997), Regional Frequency Analysis, appendix A.6.
    """
    ordered = np.sort(maxima)
    n = ordered.size
    place = np.arange(n)
    b0 = float(ordered.mean())
    b1 = float(np.sum(place * ordered) / (n * (n - 1)))
    b2 = float(np.sum(place * (place - 1) * ordered) / (n * (n - 1) * (n - 2)))
    l2, l3 = 2.0 * b1 - b0, 6.0 * b2 - 6.0 * b1 + b0
    if l2 <= 0.0:
        return b0, 0.0, 0.0
    c = 2.0 / (3.0 + l3 / l2) - np.log(2.0) / np.log(3.0)
    shape = float(7.8590 * c + 2.9554 * c**2)
    if abs(shape) < _NO_SHAPE:
        scale = float(l2 / np.log(2.0))
        return b0 - np.euler_gamma * scale, scale, 0.0
    gamma = float(special.gamma(1.0 + shape))
    scale = l2 * shape / ((1.0 - 2.0**-shape) * gamma)
    return b0 - scale * (1.0 - gamma) / shape, scale, shape


def gev_quantiles(parameters: tuple[float, float, float], levels: FloatArray) -> FloatArray:
    """Quantiles of a generalised extreme value distribution with location, scale and shape k."""
    location, scale, shape = parameters
    reduced = -np.log(-np.log(levels))
    if shape == 0.0:
        return np.asarray(location + scale * reduced)
    return np.asarray(location - scale * np.expm1(-shape * reduced) / shape)


def _centred(values: FloatArray, weights: FloatArray) -> FloatArray:
    filled = np.where(weights > 0.0, values, 0.0)
    mean = filled.sum(axis=-1, keepdims=True) / np.maximum(weights.sum(axis=-1, keepdims=True), 1.0)
    return np.asarray(np.where(weights > 0.0, values - mean, 0.0))
