"""The contract of a seasonal marginal distribution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, runtime_checkable

import numpy as np

from varwg._arrays import BoolArray, FloatArray, IntArray
from varwg._calendar import N_DOYS


@runtime_checkable
class SeasonalMarginal(Protocol):
    """Distribution of one variable at one station, one row of parameters for each of the 366 days of the year.

    Implementations are frozen dataclasses. `doy` is always an integer array of rows 0..365 that broadcasts against the
    first argument; NaN goes through every method unchanged.
    """

    @property
    def family(self) -> str:
        """Name of the family."""

    def cdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """F(x): uniform ranks of physical values."""

    def pdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Density at physical values (of the continuous part, where there is a mass at dry)."""

    def ppf(self, ranks: FloatArray, doy: IntArray) -> FloatArray:
        """Physical values of uniform ranks."""

    def to_scores(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Standard-normal scores of physical values; a censored value gets the score of its threshold."""

    def from_scores(self, scores: FloatArray, doy: IntArray) -> FloatArray:
        """Physical values of standard-normal scores."""

    def mean(self) -> FloatArray:
        """Mean of each row, shape (366,)."""

    def is_censored(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """True where a value only says "at or below the threshold" (a dry or sunless day)."""

    def threshold_scores(self) -> FloatArray:
        """Score below which a row is censored, shape (366,); -inf where nothing is."""

    def is_capped(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """True where a value only says "at or above the upper bound" (overcast, saturated)."""

    def cap_scores(self) -> FloatArray:
        """Score above which a row is capped, shape (366,); inf where nothing is."""


class Uncapped:
    """What a marginal without a mass on an upper bound says of it."""

    def is_capped(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """Nothing is capped."""
        return np.zeros(np.broadcast_shapes(np.shape(values), np.shape(doy)), dtype=np.bool_)

    def cap_scores(self) -> FloatArray:
        """inf: nothing is capped."""
        return np.full(N_DOYS, np.inf)


class Continuous(Uncapped):
    """What a marginal without any mass says of it."""

    def is_censored(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """Nothing is censored."""
        return np.zeros(np.broadcast_shapes(np.shape(values), np.shape(doy)), dtype=np.bool_)

    def threshold_scores(self) -> FloatArray:
        """-inf: nothing is censored."""
        return np.full(N_DOYS, -np.inf)


_ITERATIONS: Final = 60
_DIFFERENCE: Final = 1e-5
_LONGEST_STEP: Final = 0.5
_ACCURACY: Final = 1e-9

#: (x (366,), y (366,)) -> two misfits, which are zero at the solution, shapes (366,).
Misfit = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]


def solve_rows(misfit: Misfit, x: FloatArray, y: FloatArray, limit: float) -> tuple[FloatArray, FloatArray, float]:
    """Where both misfits of each row vanish, with short steps and differences for derivatives.

    Parameters
    ----------
    misfit : callable
        The equations, scaled so that unknowns and misfits are of order one.
    x, y : array, shape (366,)
        First guesses.
    limit : float
        Largest magnitude of either unknown; rows without a solution end there.

    Returns
    -------
    x, y : array, shape (366,)
    misfit : float
        Mean magnitude of the remaining misfits over the rows.
    """
    for _ in range(_ITERATIONS):
        f, g = misfit(x, y)
        if max(np.abs(f).max(), np.abs(g).max()) < _ACCURACY:
            break
        f_right, g_right = misfit(x + _DIFFERENCE, y)
        f_up, g_up = misfit(x, y + _DIFFERENCE)
        f_x, g_x = (f_right - f) / _DIFFERENCE, (g_right - g) / _DIFFERENCE
        f_y, g_y = (f_up - f) / _DIFFERENCE, (g_up - g) / _DIFFERENCE
        determinant = f_x * g_y - f_y * g_x
        determinant = np.where(np.abs(determinant) < 1e-6, np.copysign(1e-6, determinant), determinant)
        step_x, step_y = (f * g_y - g * f_y) / determinant, (g * f_x - f * g_x) / determinant
        x = np.clip(x - np.clip(step_x, -_LONGEST_STEP, _LONGEST_STEP), -limit, limit)
        y = np.clip(y - np.clip(step_y, -_LONGEST_STEP, _LONGEST_STEP), -limit, limit)
    return x, y, float(np.mean(np.abs(misfit(x, y))))
