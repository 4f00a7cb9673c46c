"""Searching for angles that bring the quantities of a costly function inside their bounds, by as small changes as possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from varwg.arrays import BoolArray, FloatArray
from weathercop.conditions.kinds import Quantities

#: Change of an angle, in radians, from which the response of the quantities is estimated.
_PROBE: Final = 0.2
#: Largest change of an angle in one step, at first, and that below which steps are given up.
_FIRST_STEP: Final = 1.0
_LAST_STEP: Final = 0.1
#: Share of the misfit that a step has to leave behind to count as one.
_LEAST_GAIN: Final = 0.02
#: How far inside its bounds a quantity is aimed: share of their distance, at most of its response to a radian.
_MARGIN: Final = 0.2
#: Rounds of adding bounds that a step would violate.
_MAX_ROUNDS: Final = 10
#: Directions with less than this share of the strongest response are not used.
_WEAKEST: Final = 0.01


class Trials:
    """The function, called within a budget: how often, and what came nearest to the bounds.

    Attributes
    ----------
    angles : array, shape (m,)
        Where it came nearest.
    before, nearest : Quantities
        At the start, and there.
    n_calls : int
        Number of calls.
    """

    def __init__(self, evaluate: Callable[[FloatArray], Quantities], start: FloatArray, budget: int) -> None:
        self._evaluate, self._budget = evaluate, budget
        self.before = self.nearest = evaluate(start)
        self.angles, self.n_calls = start, 1
        self._scale: FloatArray | None = None

    @property
    def finished(self) -> bool:
        """Whether all quantities are inside their bounds, or the budget is spent."""
        return not outside(self.nearest).any() or self.n_calls >= self._budget

    def __call__(self, angles: FloatArray) -> Quantities:
        """The quantities at these angles."""
        found = self._evaluate(angles)
        self.n_calls += 1
        if self._scale is not None and self.misfit(found) < self.misfit(self.nearest):
            self.angles, self.nearest = angles, found
        return found

    def response(self, angles: FloatArray, here: Quantities) -> FloatArray:
        """Change of the quantities per radian of each angle, shape (n, m), from finite differences."""
        response = np.zeros((here.values.size, angles.size))
        for column in range(angles.size):
            if self.finished:
                break
            moved = angles.copy()
            moved[column] += _PROBE
            response[:, column] = (self(moved).values - here.values) / _PROBE
        if self._scale is None:
            strength = np.sqrt((response**2).sum(axis=1))
            self._scale = np.where(strength > 0.0, strength, 1.0)
        return response

    def misfit(self, quantities: Quantities) -> float:
        """Squared distances from the bounds, in units of the response to a radian."""
        inside = np.clip(quantities.values, quantities.lower, quantities.upper)
        return float(np.sum(((quantities.values - inside) / self.scale) ** 2))

    @property
    def scale(self) -> FloatArray:
        """Response to a radian, shape (n,)."""
        return np.ones(self.before.values.size) if self._scale is None else self._scale


def meet_bounds(
    evaluate: Callable[[FloatArray], Quantities],
    start: FloatArray,
    *,
    budget: int,
    redraw: Callable[[], FloatArray],
) -> Trials:
    """Look for angles at which all quantities are inside their bounds.

    The response to each angle is estimated by finite differences and then kept up to date by Broyden's rank-one formula
    (1965, doi:10.1090/S0025-5718-1965-0198670-6). Each step is the smallest that would do if the response were linear,
    cut to a radius in which it nearly is. Where steps lead no further the search begins anew.

    Parameters
    ----------
    evaluate : callable
        Quantities (n) of angles (m); a pure function.
    start : array, shape (m,)
        Angles in radians to begin with; returned as they are if they will do.
    budget : int
        Largest number of calls of `evaluate`.
    redraw : callable
        Angles for each new beginning.

    Returns
    -------
    Trials
        What was found; `nearest` is outside the bounds if the budget was spent in vain.
    """
    trials = Trials(evaluate, start, budget)
    angles, here = start, trials.before
    while not trials.finished:
        _descend(trials, angles, here)
        if not trials.finished:
            angles = redraw()
            here = trials(angles)
    return trials


def outside(quantities: Quantities) -> BoolArray:
    """Which quantities are outside their bounds, shape (n,)."""
    return np.asarray((quantities.values < quantities.lower) | (quantities.values > quantities.upper))


def _descend(trials: Trials, angles: FloatArray, here: Quantities) -> None:
    """Step by step towards the bounds, until they are met, the budget is spent, or steps gain nothing."""
    response, fresh, radius = trials.response(angles, here), True, _FIRST_STEP
    while not trials.finished:
        step = smallest_step(response, here, trials.scale)
        longest = float(np.abs(step).max())
        if longest == 0.0:
            return
        step = step * min(1.0, radius / longest)
        there = trials(angles + step)
        surprise = there.values - here.values - response @ step
        response = response + np.outer(surprise, step) / (step @ step)
        if trials.misfit(there) < (1.0 - _LEAST_GAIN) * trials.misfit(here):
            angles, here, fresh = angles + step, there, False
            continue
        radius /= 2.0
        if radius < _LAST_STEP:
            if fresh:
                return
            response, fresh, radius = trials.response(angles, here), True, _FIRST_STEP / 2.0


def smallest_step(response: FloatArray, here: Quantities, scale: FloatArray) -> FloatArray:
    """The smallest change of angles (m,) that brings all quantities inside their bounds, were the response linear.

    Bounds that it would violate are added one round after the other, until it violates none.
    """
    margin = _MARGIN * np.minimum(here.upper - here.lower, scale)
    low, high = here.lower + margin, here.upper - margin
    active = outside(here)
    step: FloatArray = np.zeros(response.shape[1])
    for _ in range(_MAX_ROUNDS):
        gap = np.clip(here.values + response @ step, low, high) - here.values
        weight = 1.0 / scale[active]
        step = np.asarray(np.linalg.lstsq(response[active] * weight[:, None], gap[active] * weight, rcond=_WEAKEST)[0])
        now = active | outside(here._replace(values=here.values + response @ step))
        if np.array_equal(now, active):
            break
        active = now
    return step
