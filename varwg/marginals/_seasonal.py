"""Seasonal estimation: circular windows over the day of the year, Fourier smoothing, and keeping monthly means."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg._arrays import FloatArray, IntArray, matrix_product, solved
from varwg._calendar import N_DOYS, month_of_doy

#: Widest window that a row with too few values is given, in days to either side: the whole year.
_WIDEST: Final = 183
#: Standard deviation, in days, of the covariance that spreads a monthly correction over the days of the month.
_CORRECTION_RANGE: Final = 20.0
#: Repetitions of a monthly factor.
_ALTERNATIONS: Final = 4


def circular_distance() -> IntArray:
    """Distance in days between any two rows of a seasonal table, shape (366, 366)."""
    rows = np.arange(N_DOYS)
    apart = np.abs(rows[:, None] - rows)
    return np.asarray(np.minimum(apart, N_DOYS - apart))


def row_sums(doy: IntArray, weights: FloatArray | None = None) -> FloatArray:
    """Number (or sum of `weights`) of the values that fall on each row, shape (366,)."""
    return np.bincount(doy, weights=weights, minlength=N_DOYS).astype(np.float64)


def window_weights(counts: FloatArray, window: int, at_least: float = 30.0) -> FloatArray:
    """Triangular weights of every row for every row, wide enough to see `at_least` values.

    Parameters
    ----------
    counts : array, shape (366,)
        Number of values on each row.
    window : int
        Half-width in days; rows that see too few values have it doubled until they see enough or the whole year.
    at_least : float
        Weighted number of values that is enough.

    Returns
    -------
    array, shape (366, 366)
        Weight of the values of column d' in the estimate of row d, 1 for d' = d.
    """
    apart = circular_distance()
    widths = np.full(N_DOYS, float(window))
    while True:
        weights = np.maximum(1.0 - apart / (widths[:, None] + 1.0), 0.0)
        poor = (matrix_product(weights, counts) < at_least) & (widths < _WIDEST)
        if not poor.any():
            return np.asarray(weights, dtype=np.float64)
        widths[poor] = np.minimum(2.0 * widths[poor] + 1.0, _WIDEST)


def smooth(table: FloatArray, order: int) -> FloatArray:
    """The first `order` harmonics of a periodic table, along its first axis of 366 rows."""
    spectrum = np.fft.rfft(table, axis=0)
    spectrum[order + 1 :] = 0.0
    return np.asarray(np.fft.irfft(spectrum, n=N_DOYS, axis=0), dtype=np.float64)


def monthly_correction(weights: FloatArray, missing: FloatArray) -> FloatArray:
    """The smooth seasonal function whose weighted sum over each month is what that month is missing.

    Ten years determine monthly means to a few per cent, while few harmonics miss some by ten. The smoothest addition
    (in the sense of a Gaussian covariance over the days) that repairs all twelve sums is block kriging: with weights
    A (12, 366) and covariance S, the addition is S A' (A S A')^-1 b (Kyriakidis 2004, Geographical Analysis 36, eq. 8).

    Parameters
    ----------
    weights : array, shape (366,)
        Weight of each row within its month; months of zero weight are left alone.
    missing : array, shape (12,)
        Observed minus modelled sum of each month.

    Returns
    -------
    array, shape (366,)
        What to add to the rows.
    """
    months = month_of_doy()
    sums = np.where(months == np.arange(12)[:, None], weights, 0.0)
    used = np.flatnonzero(sums.sum(axis=1) > 0.0)
    sums = sums[used] / sums[used].sum(axis=1, keepdims=True)
    target = missing[used] / row_month_sums(weights)[used]
    # The covariance is circulant, so that a transform multiplies with it.
    rows = np.arange(N_DOYS)
    covariance = np.exp(-0.5 * (np.minimum(rows, N_DOYS - rows) / _CORRECTION_RANGE) ** 2)
    transformed = np.fft.rfft(covariance)[:, None] * np.fft.rfft(sums.T, axis=0)
    spread = np.fft.irfft(transformed, n=N_DOYS, axis=0)
    solution = solved(matrix_product(sums, spread), target[:, None])[:, 0]
    return matrix_product(spread, solution)


def monthly_factor(modelled: FloatArray, observed: FloatArray) -> FloatArray:
    """A smooth positive factor that brings the monthly sums of a seasonal table close to those observed.

    The exponential of a correction of the logarithm; repeated, it converges. Months without anything observed are left
    alone, and no month is changed by more than a factor of e at once.

    Parameters
    ----------
    modelled : array, shape (366,)
        Positive contributions of the rows.
    observed : array, shape (12,)
        Sum of each month.
    """
    sums = row_month_sums(modelled)
    usable = (observed > 0.0) & (sums > 0.0)
    log_ratio = np.log(np.where(usable, observed, 1.0) / np.where(usable, sums, 1.0))
    return np.exp(monthly_correction(modelled, sums * np.clip(log_ratio, -1.0, 1.0)))


def row_month_sums(rows: FloatArray) -> FloatArray:
    """Sums of a seasonal table over each calendar month, shape (12,)."""
    return np.bincount(month_of_doy(), weights=rows, minlength=12).astype(np.float64)


def seasonal_mean(values: FloatArray, doy: IntArray, weights: FloatArray, order: int) -> FloatArray:
    """Smooth seasonal mean that keeps the mean of every month on record, shape (366,).

    Parameters
    ----------
    values : array, shape (T,)
        Values without NaN.
    doy : array of int, shape (T,)
        Their rows.
    weights : array, shape (366, 366)
        Window of each row, from `window_weights`.
    order : int
        Number of harmonics.
    """
    counts, totals = row_sums(doy), row_sums(doy, values)
    mean = smooth(matrix_product(weights, totals) / matrix_product(weights, counts), order)
    return np.asarray(mean + monthly_correction(counts, row_month_sums(totals - counts * mean)), dtype=np.float64)


def seasonal_moments(
    values: FloatArray, doy: IntArray, window: int, order: int, mean: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Seasonal mean (unless it is given) and standard deviation, shapes (366,).

    Both keep what is on record for every month; the standard deviation is estimated from the anomalies, so that the
    seasonal cycle inside a window does not inflate it.
    """
    counts = row_sums(doy)
    weights = window_weights(counts, window)
    if mean is None:
        mean = seasonal_mean(values, doy, weights, order)
    squares = row_sums(doy, (values - mean[doy]) ** 2)
    windowed = matrix_product(weights, squares) / matrix_product(weights, counts)
    floor = 1e-6 * squares.sum() / counts.sum()
    variance = np.exp(smooth(np.log(np.maximum(windowed, floor)), order))
    for _ in range(_ALTERNATIONS):
        variance *= monthly_factor(counts * variance, row_month_sums(squares))
    return mean, np.sqrt(variance * (squares.sum() / np.sum(counts * variance)))
