"""Vectorised root finding for functions that increase: Newton steps kept inside a shrinking bracket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from varwg._arrays import FloatArray

#: A Newton step below this is the last one: the next would be below its square.
_LAST_STEP: Final = 1e-8
_MAX_STEPS: Final = 80
#: After so many steps the bracket is kept up to date whether it is needed or not.
_EASY_STEPS: Final = 5
#: Relative accuracy of inverted parameters.
_FINEST: Final = 1e-15
#: Points at which a function is tabulated to begin with a narrow bracket: as dear as one more evaluation, and saves four.
_N_TABULATED: Final = 24
#: Points that are still moving are put together once they are fewer than this fraction.
_COMPRESS_BELOW: Final = 0.7


def solve_increasing(
    function: Callable[..., tuple[FloatArray, FloatArray]],
    start: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    arguments: tuple[FloatArray, ...],
) -> FloatArray:
    """Roots of many increasing functions at once, each the same bits whichever others are solved with it.

    Parameters
    ----------
    function : callable
        `function(x, *arguments)` gives value and derivative at x, elementwise.
    start, lower, upper : array, any one shape
        First guess and a bracket of each root.
    arguments : tuple of array
        What else the function depends on; broadcasting against `start`.

    Returns
    -------
    array
        The roots; NaN where the function is NaN.
    """
    shape = np.broadcast_shapes(start.shape, *(np.shape(a) for a in arguments))
    x, low, high, *rest = (np.broadcast_to(a, shape).ravel() for a in (start, lower, upper, *arguments))
    roots = np.empty(x.size)
    where = np.arange(x.size)
    active = np.ones(x.size, dtype=bool)
    for number in range(_MAX_STEPS):
        value, slope = function(x, *rest)
        with np.errstate(divide="ignore", invalid="ignore"):
            following = x - value / slope
        # the bracket is only worth its arithmetic where Newton's method is in trouble
        troubled = ~((following > low) & (following < high))
        if number >= _EASY_STEPS:
            troubled[:] = True
        if np.any(troubled):
            low = np.where(troubled & (value <= 0.0), x, low)
            high = np.where(troubled & (value >= 0.0), x, high)
            outside = troubled & ~((following >= low) & (following <= high)) & ~np.isnan(value)
            following = np.where(outside, 0.5 * (low + high), following)
        step = np.abs(following - x)
        x = np.where(active, following, x)
        active &= step > _LAST_STEP * (1.0 + np.abs(following))
        n_active = np.count_nonzero(active)
        if n_active == 0:
            break
        if n_active < _COMPRESS_BELOW * x.size:
            roots[where] = x
            x, low, high, where, *rest = (a[active] for a in (x, low, high, where, *rest))
            active = np.ones(x.size, dtype=bool)
    roots[where] = x
    return roots.reshape(shape)


def invert_increasing(function: Callable[[FloatArray], FloatArray], target: FloatArray, low: float, high: float) -> FloatArray:
    """x in [low, high] for which an increasing function reaches `target`, or the nearer end.

    Meant for parameters, not for ranks: a few hundred values and functions that cost something. Chandrupatla's (1997)
    method, on a scale that is linear around zero and logarithmic far from it, from the bracket that a table gives.
    `function` is elementwise, and is also called with a first axis in front of those of `target`.
    """

    def excess(scaled: FloatArray) -> FloatArray:
        return function(np.clip(np.sinh(scaled), low, high)) - target

    nodes = np.linspace(np.arcsinh(low), np.arcsinh(high), _N_TABULATED)
    table = excess(nodes.reshape(-1, *(1,) * target.ndim))
    at_low, at_high = table[0] >= 0.0, table[-1] <= 0.0
    right = np.clip(np.count_nonzero(table < 0.0, axis=0), 1, _N_TABULATED - 1)
    a, b = nodes[right - 1], nodes[right]
    f_a, f_b = (np.take_along_axis(table, at[np.newaxis], axis=0)[0] for at in (right - 1, right))
    c, f_c = a, f_a
    fraction = np.full(target.shape, 0.5)
    for _ in range(_MAX_STEPS):
        x = a + fraction * (b - a)
        f_x = excess(x)
        same = (f_x < 0.0) == (f_a < 0.0)
        c, f_c = np.where(same, a, b), np.where(same, f_a, f_b)
        b, f_b = np.where(same, b, a), np.where(same, f_b, f_a)
        a, f_a = x, f_x
        tolerance = _FINEST * (1.0 + np.abs(a)) / np.maximum(np.abs(b - a), _FINEST)
        done = (f_a == 0.0) | (tolerance >= 0.5) | at_low | at_high | np.isnan(f_a)
        if np.all(done):
            break
        fraction = np.where(done, 0.0, np.clip(_chandrupatla(a, b, c, f_a, f_b, f_c), tolerance, 1.0 - tolerance))
    root = np.where(at_low, low, np.where(at_high, high, np.clip(np.sinh(a), low, high)))
    return np.where(np.isnan(target), np.nan, root)


def _chandrupatla(a: FloatArray, b: FloatArray, c: FloatArray, f_a: FloatArray, f_b: FloatArray, f_c: FloatArray) -> FloatArray:
    """Inverse quadratic interpolation where it is safe, else the middle, as a fraction of the way from a to b."""
    with np.errstate(divide="ignore", invalid="ignore"):
        xi = (a - b) / (c - b)
        phi = (f_a - f_b) / (f_c - f_b)
        safe = (phi**2 < xi) & ((1.0 - phi) ** 2 < 1.0 - xi)
        quadratic = f_a / (f_b - f_a) * f_c / (f_b - f_c) + (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (f_c - f_b)
    return np.where(safe & np.isfinite(quadratic), quadratic, 0.5)
