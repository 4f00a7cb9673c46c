"""Curves through daily values: what a day would be like at each step if it knew only itself and its neighbours."""

from __future__ import annotations

import numpy as np

from varwg.arrays import FloatArray


def parabola_weights(n_steps: int) -> FloatArray:
    """Weights of the value at the first midnight, of the daily mean, and of the value at the second midnight.

    The weighted sum is the parabola with these values at midnight and this mean over the day. The weights are adjusted
    so that the mean over the steps is exact too.

    Returns
    -------
    array of float, shape (3, n_steps)
    """
    share = (np.arange(n_steps) + 0.5) / n_steps
    middle = share * (1.0 - share)
    middle /= middle.mean()
    left = 1.0 - 4.0 * share + 3.0 * share**2
    left -= left.mean() * middle
    return np.stack([left, middle, left[::-1]])


def line_weights(n_steps: int) -> FloatArray:
    """Weights as of `parabola_weights`, but for straight lines from midnight to midday (the daily value) to midnight.

    The lines stay between the daily values, hence within bounds, but do not have their means.
    """
    share = (np.arange(n_steps) + 0.5) / n_steps
    left = np.maximum(1.0 - 2.0 * share, 0.0)
    right = np.maximum(2.0 * share - 1.0, 0.0)
    return np.stack([left, 1.0 - left - right, right])


def curve(daily: FloatArray, weights: FloatArray) -> FloatArray:
    """A continuous curve through the daily values of consecutive days.

    At midnight it is half-way between the neighbouring days; beside a missing day, and at both ends, it is the value
    of the day that is there.

    Parameters
    ----------
    daily : array, shape (T,)
        NaN is missing.
    weights : array, shape (3, n_steps)
        `parabola_weights` or `line_weights`.

    Returns
    -------
    array, shape (T, n_steps)
        NaN on missing days.
    """
    before = np.concatenate([daily[:1], daily[:-1]])
    after = np.concatenate([daily[1:], daily[-1:]])
    first = 0.5 * (np.where(np.isnan(before), daily, before) + daily)
    last = 0.5 * (np.where(np.isnan(after), daily, after) + daily)
    # Not a matrix product, whose last bits may depend on the number of threads.
    return np.asarray(first[:, None] * weights[0] + daily[:, None] * weights[1] + last[:, None] * weights[2])


def bridge(gaps: FloatArray, weights: FloatArray) -> FloatArray:
    """What closes the gaps between days at midnight, half from either side, without changing a daily mean.

    Parameters
    ----------
    gaps : array, shape (T - 1,)
        By how much the beginning of the next day lies above the end of a day.
    weights : array, shape (3, n_steps)
        `parabola_weights`.

    Returns
    -------
    array, shape (T, n_steps)
        To be added.
    """
    half = 0.5 * gaps
    return np.asarray(np.append(half, 0.0)[:, None] * weights[2] - np.append(0.0, half)[:, None] * weights[0])
