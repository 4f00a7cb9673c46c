"""Two parameters of each row from two equations: Newton's method for all rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from varwg._arrays import FloatArray

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
