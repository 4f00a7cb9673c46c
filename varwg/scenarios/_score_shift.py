"""Shifts of normal scores that change the mean of a variable by what is asked, in its own unit."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import N_DOYS
from varwg.errors import ScenarioError
from varwg.marginals._base import SeasonalMarginal
from varwg.marginals._normal import Normal

#: Largest shift that is looked for.
_MAX_SHIFT: Final = 5.0
#: Numbers of shifts at which means are tabulated, first roughly and then where they are needed.
_COARSE, _FINE = 41, 61


def score_shift(marginal: SeasonalMarginal, increments: FloatArray, *, variable: str, station: str) -> FloatArray:
    """Shift of the standard-normal scores that changes the mean of each day of the year by what is asked.

    Solves E[F_d^-1(Phi(Z + shift_d))] = mean_d + increment_d for all 366 days at once; for the normal family that is
    increment / standard deviation.

    Parameters
    ----------
    marginal : SeasonalMarginal
        Distribution of the primary variable at the station.
    increments : array, shape (366,)
        Change of the mean per day of the year, in the variable's unit.
    variable, station : str
        For the error message.

    Returns
    -------
    array, shape (366,)

    Raises
    ------
    ScenarioError
        If no shift reaches the change, because the variable's bounds are in the way.
    """
    if type(marginal) is Normal:
        return np.asarray(increments / marginal.scale, dtype=np.float64)
    return solve_shift(marginal, increments, variable, station)


def solve_shift(marginal: SeasonalMarginal, increments: FloatArray, variable: str, station: str) -> FloatArray:
    """`score_shift` for any family, by bisection."""
    rows = np.arange(N_DOYS)[:, None]
    nodes, weights = _normal_nodes()

    def mean_of(shift: FloatArray) -> FloatArray:
        return np.asarray(marginal.from_scores(nodes + shift[:, None], rows) @ weights)

    target = mean_of(np.zeros(N_DOYS)) + increments
    low, high = np.full(N_DOYS, -_MAX_SHIFT), np.full(N_DOYS, _MAX_SHIFT)
    reachable = (mean_of(low) < target) & (target < mean_of(high))
    if not np.all(reachable):
        row = int(np.argmin(reachable))
        raise _out_of_reach(increments[row], target[row], row, variable, station)
    for _ in range(45):
        middle = (low + high) / 2
        above = mean_of(middle) > target
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.where(increments == 0.0, 0.0, (low + high) / 2)


def daily_score_shift(
    marginal: SeasonalMarginal,
    increments: FloatArray,
    doy: IntArray,
    *,
    variable: str,
    station: str,
    mean: FloatArray | float = 0.0,
    sd: FloatArray | float = 1.0,
    factor: float = 1.0,
) -> FloatArray:
    """Shift of the scores that changes the mean of each simulated day by what is asked of that day.

    Solves E[F_d^-1(Phi(m_d + f s_d Z + shift_t))] = E[F_d^-1(Phi(m_d + s_d Z))] + increment_t, where m and s are the mean
    and standard deviation of the scores before the change and f a factor by which their deviations have been multiplied.
    For the normal family that is increment / standard deviation, otherwise it is read from a table of means.

    Parameters
    ----------
    marginal : SeasonalMarginal
        Distribution of the primary variable at the station.
    increments : array, shape (T,)
        Change of the mean of each day, in the variable's unit.
    doy : array of int, shape (T,)
        Row 0 to 365 of each day.
    variable, station : str
        For the error message.
    mean, sd : float or array, shape (366,)
        m and s.
    factor : float
        f.

    Returns
    -------
    array, shape (T,)

    Raises
    ------
    ScenarioError
        If no shift reaches the change, because the variable's bounds are in the way.
    """
    if type(marginal) is Normal:
        return np.asarray(increments / marginal.scale[doy], dtype=np.float64)
    centre, spread = (np.broadcast_to(np.asarray(values, dtype=np.float64), (N_DOYS,)) for values in (mean, sd))
    target = _means(marginal, np.zeros(1), centre, spread)[doy, 0] + increments
    shifts = np.linspace(-_MAX_SHIFT, _MAX_SHIFT, _COARSE)
    for n_shifts in (_FINE, 0):
        table = _means(marginal, shifts, centre, factor * spread)
        position = _position(table, target, doy)
        lost = (position < 0) | (position >= shifts.size - 1)
        if lost.any():
            day = int(np.argmax(lost))
            raise _out_of_reach(increments[day], target[day], int(doy[day]), variable, station)
        if n_shifts:
            shifts = np.linspace(shifts[position.min()], shifts[position.max() + 1], n_shifts)
    below, above = table[doy, position], table[doy, position + 1]
    return np.asarray(shifts[position] + (target - below) / (above - below) * (shifts[1] - shifts[0]))


def _normal_nodes() -> tuple[FloatArray, FloatArray]:
    """Standard-normal scores and their probabilities."""
    nodes = np.linspace(-6.0, 6.0, 241)
    weights = np.diff(special.ndtr(np.concatenate([[-np.inf], (nodes[1:] + nodes[:-1]) / 2, [np.inf]])))
    return nodes, weights


def _means(marginal: SeasonalMarginal, shifts: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    """Mean of the variable for each row of the year and each shift, shape (366, n), rising with the shift."""
    nodes, weights = _normal_nodes()
    rows = np.arange(N_DOYS)[:, None]
    scores = centre[:, None] + spread[:, None] * nodes
    means = np.array([marginal.from_scores(scores + shift, rows) @ weights for shift in shifts])
    return np.maximum.accumulate(means, axis=0).T


def _position(table: FloatArray, target: FloatArray, doy: IntArray) -> IntArray:
    """Cell of its row of `table` that each target lies in; -1 and the last column are outside."""
    position = np.empty(target.size, dtype=np.intp)
    order = np.argsort(doy, kind="stable")
    ends = np.cumsum(np.bincount(doy, minlength=N_DOYS))
    for row, days in enumerate(np.split(order, ends[:-1])):
        position[days] = np.searchsorted(table[row], target[days], side="right") - 1
    return position


def _out_of_reach(increment: float, target: float, row: int, variable: str, station: str) -> ScenarioError:
    return ScenarioError(
        f"a change of {increment:g} would bring the mean of {variable} at {station} to {target:g} on "
        f"day {row + 1} of the year, beyond what its distribution allows: ask for a smaller change."
    )
