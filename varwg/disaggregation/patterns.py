"""The course of a day, freed from the daily value it had (a pattern), and laid on another daily value.

- level: a variable without bounds. The pattern is what is left when a smooth curve through the daily values is taken away.
- bounded: the same, as a share of the room that the curve leaves to the bound; with a single bound, of a power of it.
- sunlit: radiation and sunshine. The pattern is the share of the most that the sun allows at each step.
- amount: rain. The pattern is the values, of which only the proportions matter.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np

from varwg.arrays import BoolArray, FloatArray
from varwg.disaggregation.curves import bridge, curve, line_weights, parabola_weights
from varwg.disaggregation.settling import settle, settle_smoothly
from varwg.disaggregation.sunlight import by_the_sun
from varwg.variables import Variable

Kind: TypeAlias = Literal["level", "bounded", "sunlit", "amount"]

#: With one bound only, deviations grow with this power of the distance to it: wind is gustier on windy days, but not in
#: proportion. Hourly winds of Beijing have the right standard deviation with 0.75; it is 6 % too large with 1.
_GROWTH: Final = 0.75


def kind_of(variable: Variable) -> Kind:
    """How the variable is treated."""
    if by_the_sun(variable):
        return "sunlit"
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
