"""Courses of days: smooth curves through daily values, sunlight, and patterns of observed days that are laid on them."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np

from varwg._arrays import BoolArray, FloatArray
from varwg._calendar import N_DOYS, daily_times
from varwg._observations.aggregation import circular_mean
from varwg._variables import Aggregation, Variable
from varwg.meteo._sun import SUNRISE_ALTITUDE, day_length, equation_of_time, potential_radiation_of_steps


def by_the_sun(variable: Variable) -> bool:
    """Whether the sun limits the variable."""
    return variable.upper_bound in ("potential_radiation", "day_length")


def ceiling(variable: Variable, latitude: float, noon: float, n_steps: int) -> FloatArray | None:
    """The most that each step of each day of the year can have, shape (366, n_steps); None where nothing limits it.

    The mean (of radiation) or sum (of sunshine) over a day is `varwg._observations.container.upper_bound`. Without a
    latitude sunshine is limited by the length of the step and radiation not at all.
    """
    if variable.upper_bound == "day_length":
        if np.isnan(latitude):
            return np.full((N_DOYS, n_steps), 24.0 / n_steps)
        return _sunlit_hours(latitude, noon, n_steps)
    if np.isnan(latitude):
        return None
    seconds = 86400.0 / n_steps
    starts = (np.arange(n_steps) * seconds).astype("timedelta64[s]")
    times = daily_times("2000-01-01", N_DOYS)[:, None] + starts
    return potential_radiation_of_steps(latitude, 15.0 * (12.0 - noon), times, step_seconds=seconds)


def _sunlit_hours(latitude: float, noon: float, n_steps: int) -> FloatArray:
    """Hours of each step between sunrise and sunset."""
    rows = np.arange(N_DOYS)
    half = 0.5 * day_length(latitude, rows, altitude=SUNRISE_ALTITUDE)[:, None]
    highest = (noon - equation_of_time(rows) / 60.0)[:, None]
    begin = np.arange(n_steps) * 24.0 / n_steps
    hours = np.zeros((N_DOYS, n_steps))
    for turn in (-24.0, 0.0, 24.0):
        sunrise, sunset = highest - half + turn, highest + half + turn
        hours += np.clip(begin + 24.0 / n_steps, sunrise, sunset) - np.clip(begin, sunrise, sunset)
    return hours


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


Kind: TypeAlias = Literal["level", "bounded", "sunlit", "amount", "direction"]

#: With one bound only, deviations grow with this power of the distance to it: wind is gustier on windy days, but not in
#: proportion. Hourly winds of Beijing have the right standard deviation with 0.75; it is 6 % too large with 1.
_GROWTH: Final = 0.75


def kind_of(variable: Variable) -> Kind:
    """How the variable is treated."""
    if by_the_sun(variable):
        return "sunlit"
    if variable.aggregation == "direction":
        return "direction"
    if variable.aggregation == "sum":
        return "amount"
    return "bounded" if np.isfinite(variable.lower) or np.isfinite(variable.upper) else "level"


def pattern_of(variable: Variable, steps: FloatArray, daily: FloatArray, most: FloatArray | None) -> FloatArray:
    """Patterns of observed days.

    Parameters
    ----------
    variable : Variable
    steps : array, shape (T, n_steps)
        Observed values; a pattern is NaN where they are.
    daily : array, shape (T,)
        The daily values that the steps have, on consecutive days.
    most : array, shape (T, n_steps), or None
        The most that the sun allows.

    Returns
    -------
    array, shape (T, n_steps)
    """
    kind = kind_of(variable)
    n_steps = steps.shape[1]
    if kind == "direction":
        return (steps - daily[:, None] + 180.0) % 360.0 - 180.0
    if kind == "level":
        return steps - curve(daily, parabola_weights(n_steps))
    if kind == "bounded":
        middle = curve(np.clip(daily, variable.lower, variable.upper), line_weights(n_steps))
        deviation = steps - middle
        room = np.where(deviation > 0.0, _room_above(variable, middle), _room_below(variable, middle))
        return _limited(variable, np.where(room > 0.0, deviation / np.where(room > 0.0, room, 1.0), 0.0))
    if most is None or kind == "amount":
        return np.maximum(steps, 0.0)
    return np.clip(np.where(most > 0.0, steps / np.where(most > 0.0, most, 1.0), 0.0), 0.0, 1.0)


def steps_of(
    variable: Variable, pattern: FloatArray, gaps: FloatArray, daily: FloatArray, most: FloatArray | None
) -> tuple[FloatArray, BoolArray]:
    """Values of consecutive days with the given patterns and daily values.

    Parameters
    ----------
    variable : Variable
    pattern : array, shape (T, n_steps)
        One for each day.
    gaps : array, shape (T - 1,)
        By how much patterns differ at midnight from one day to the next; closed for levels and bounded variables.
    daily : array, shape (T,)
        NaN is missing.
    most : array, shape (T, n_steps) or (T, 1), or None
        The most that the sun allows; for a variable without upper bound what a step should not have much more than.

    Returns
    -------
    array, shape (T, n_steps)
        NaN on missing days.
    array of bool, shape (T,)
        Days whose daily value is beyond its bounds.
    """
    kind = kind_of(variable)
    n_steps = pattern.shape[1]
    if kind == "direction":
        return (daily[:, None] + pattern - circular_mean(pattern)[:, None]) % 360.0, np.zeros(len(daily), dtype=bool)
    target = daily / n_steps if variable.aggregation == "sum" else daily
    how = variable.aggregation
    if kind == "amount" or (kind == "sunlit" and most is None):
        return settle(pattern, target, 0.0, np.inf, how)
    if kind == "sunlit" and most is not None:
        return settle(pattern * most, target, 0.0, most, how)
    pattern = pattern + bridge(gaps, parabola_weights(n_steps))
    if kind == "level":
        steps = curve(daily, parabola_weights(n_steps)) + pattern
        if how in ("min", "max"):
            steps = settle_smoothly(steps, target, -np.inf, np.inf, how, line_weights(n_steps))
        return settle(steps, target, -np.inf, np.inf, how)
    middle = curve(np.clip(daily, variable.lower, variable.upper), line_weights(n_steps))
    pattern = _limited(variable, pattern)
    steps = middle + pattern * np.where(pattern > 0.0, _room_above(variable, middle), _room_below(variable, middle))
    steps = np.clip(steps, variable.lower, variable.upper if most is None else most)
    steps = settle_smoothly(steps, target, variable.lower, variable.upper, how, line_weights(n_steps))
    return settle(steps, target, variable.lower, variable.upper, how)


def _room_above(variable: Variable, middle: FloatArray) -> FloatArray:
    """What positive deviations are shares of."""
    return _room(variable, middle, variable.upper - middle)


def _room_below(variable: Variable, middle: FloatArray) -> FloatArray:
    """What negative deviations are shares of."""
    return _room(variable, middle, middle - variable.lower)


def _room(variable: Variable, middle: FloatArray, between_two: FloatArray) -> FloatArray:
    """The distance to the bound between two of them; else a power of that to the only one, on either side of the curve."""
    if np.isfinite(variable.lower) and np.isfinite(variable.upper):
        return np.maximum(between_two, 0.0)
    distance = middle - variable.lower if np.isfinite(variable.lower) else variable.upper - middle
    return np.asarray(np.maximum(distance, 0.0) ** _GROWTH)


def _limited(variable: Variable, pattern: FloatArray) -> FloatArray:
    """A pattern that stays between the bounds, where there are two."""
    two = np.isfinite(variable.lower) and np.isfinite(variable.upper)
    return np.clip(pattern, -1.0, 1.0) if two else pattern
