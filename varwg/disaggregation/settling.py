"""Moving the steps of each day so that the day has exactly the value it shall have, and no step leaves its bounds."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg.arrays import BoolArray, FloatArray
from varwg.disaggregation.curves import curve
from varwg.variables import Aggregation

#: Rounds of smooth moves before the last one, which is one factor per day.
_ROUNDS: Final = 3


def day_value(steps: FloatArray, how: Aggregation) -> FloatArray:
    """Mean, minimum or maximum of each day, shape (T,); for a sum, the mean too."""
    if how == "min":
        return np.asarray(steps.min(axis=1))
    if how == "max":
        return np.asarray(steps.max(axis=1))
    return np.asarray(steps.mean(axis=1))


def settle_smoothly(
    steps: FloatArray, target: FloatArray, lower: float, upper: float, how: Aggregation, weights: FloatArray
) -> FloatArray:
    """Nearly the daily values of `target`, moved by a continuous curve so that midnight does not show.

    Parameters
    ----------
    steps : array, shape (T, n_steps)
        Within the bounds.
    target : array, shape (T,)
    lower, upper : float
        Bounds, infinite where there is none.
    how : str
        What of a day shall be `target`: "mean", "min" or "max".
    weights : array, shape (3, n_steps)
        Of the curve.

    Returns
    -------
    array, shape (T, n_steps)
        Within the bounds.
    """
    one_sided = np.isinf(lower) != np.isinf(upper)
    anchor = lower if np.isinf(upper) else upper
    for _ in range(_ROUNDS):
        current = day_value(steps, how)
        if one_sided:
            steps = anchor + (steps - anchor) * curve(_factor(current, target, anchor), weights)
        else:
            steps = np.clip(steps + curve(target - current, weights), lower, upper)
    return steps


def settle(
    steps: FloatArray, target: FloatArray, lower: float, upper: FloatArray | float, how: Aggregation
) -> tuple[FloatArray, BoolArray]:
    """Exactly the daily values of `target`: upwards the distances to the upper bound shrink, downwards those to the lower.

    Without the bound in question the distances to the other one grow, and without any bound all steps are shifted.

    Parameters
    ----------
    steps : array, shape (T, n_steps)
        Within the bounds.
    target : array, shape (T,)
    lower : float
        Lower bound, or minus infinity.
    upper : float or array, shape (T, n_steps)
        Upper bound, or infinity.
    how : str
        What of a day shall be `target`: "mean", "min" or "max".

    Returns
    -------
    array, shape (T, n_steps)
        Within the bounds, except on impossible days.
    array of bool, shape (T,)
        Impossible days: the daily value itself is beyond its bounds. They have it nevertheless.
    """
    most = np.broadcast_to(np.asarray(upper, dtype=np.float64), steps.shape)
    most_of_day = day_value(most, how)
    current = day_value(steps, how)
    if np.isinf(lower) and np.isinf(most_of_day).all():
        return steps + (target - current)[:, None], np.zeros(target.size, dtype=bool)
    upward = target > current
    to_upper = np.where(upward, np.isfinite(most_of_day), np.isinf(lower))
    anchor = np.where(to_upper[:, None], most, lower)
    anchor_of_day = np.where(to_upper, most_of_day, lower)
    factor = _factor(current, target, anchor_of_day)
    moved = np.clip(anchor + (steps - anchor) * factor[:, None], lower, most)  # an overshoot of one rounding at most
    beyond = (target > most_of_day * (1.0 + 1e-12)) | (target < lower)
    flat = (current == anchor_of_day) & (target != current)
    return _where_proportional(moved, target, most, most_of_day, flat | beyond), beyond


def _factor(current: FloatArray, target: FloatArray, anchor: FloatArray | float) -> FloatArray:
    """By what the distances to the anchor change; 1 where all of them are nothing."""
    distance = current - anchor
    usable = distance != 0.0
    return np.asarray(np.where(usable, np.maximum((target - anchor) / np.where(usable, distance, 1.0), 0.0), 1.0))


def _where_proportional(
    steps: FloatArray, target: FloatArray, most: FloatArray, most_of_day: FloatArray, where: BoolArray
) -> FloatArray:
    """On the days marked, steps in proportion to the upper bound, or equal ones where that is nothing or infinite."""
    if not where.any():
        return steps
    usable = np.isfinite(most_of_day[where]) & (most_of_day[where] > 0.0)
    shape = np.where(usable[:, None], most[where] / np.where(usable, most_of_day[where], 1.0)[:, None], 1.0)
    out = steps.copy()
    out[where] = target[where, None] * shape
    return out
