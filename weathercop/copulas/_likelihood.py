"""Log-likelihood of pairs of ranks, some of them known only as upper limits, and its maximum over a parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from varwg._arrays import BoolArray, FloatArray, IntArray
from weathercop.copulas._base import Parameters
from weathercop.copulas._dependence import thinned
from weathercop.copulas._rotation import Rotated

_MAX_WALK: Final = 100


class Pairs(NamedTuple):
    """Pairs of ranks without NaN, flat; where `censored`, the rank is an upper limit of an unknown one."""

    given: FloatArray
    target: FloatArray
    doy: IntArray
    given_censored: BoolArray
    target_censored: BoolArray

    @property
    def size(self) -> int:
        return int(self.given.size)

    def thinned(self, n_wanted: int) -> Pairs:
        """About `n_wanted` of the pairs, spread evenly."""
        chosen = thinned(self.size, n_wanted)
        return Pairs(
            self.given[chosen],
            self.target[chosen],
            self.doy[chosen],
            self.given_censored[chosen],
            self.target_censored[chosen],
        )

    def log_likelihoods(self, copula: Rotated, parameters: Parameters) -> FloatArray:
        """Contribution of each pair: c, h or C, whichever of the two ranks is an upper limit; shape (n,)."""
        if not (self.given_censored.any() or self.target_censored.any()):
            return copula.log_density(self.given, self.target, parameters)
        result = np.empty(self.size)
        parts: tuple[tuple[BoolArray, Callable[..., FloatArray]], ...] = (
            (~self.given_censored & ~self.target_censored, copula.log_density),
            (~self.given_censored & self.target_censored, _log_of(copula.h)),
            (self.given_censored & ~self.target_censored, _log_of(copula.h_of_given)),
            (self.given_censored & self.target_censored, _log_of(copula.cdf)),
        )
        for chosen, contribution in parts:
            some = tuple(p[chosen] if np.ndim(p) else p for p in parameters)
            result[chosen] = contribution(self.given[chosen], self.target[chosen], some)
        return result


def _log_of(function: Callable[..., FloatArray]) -> Callable[..., FloatArray]:
    def log_function(*arguments: object) -> FloatArray:
        return np.log(np.maximum(function(*arguments), np.finfo(np.float64).tiny))

    return log_function


class Maximum(NamedTuple):
    """Where a function of one variable is largest."""

    x: float
    value: float
    #: minus the second derivative there
    curvature: float
    #: False if the function still rises at a bound
    is_interior: bool


def maximise(
    function: Callable[[FloatArray], FloatArray], start: float, low: float, high: float, *, step: float, finest_step: float
) -> Maximum:
    """Maximum of a smooth function with one peak between `low` and `high`.

    Walks uphill in steps, puts a parabola through the highest point and its neighbours, and repeats that with smaller
    steps down to `finest_step`. `function` is given several points at once, shape (n,).
    """
    x = float(np.clip(start, low, high))
    while True:
        x, left, value, right = _walk(function, x, low, high, step)
        if np.isinf(left) or np.isinf(right):
            if step <= finest_step:
                return Maximum(x, value, np.nan, is_interior=False)
        else:
            curvature = (2.0 * value - left - right) / step**2
            if not curvature > 0.0:
                return Maximum(x, value, np.nan, is_interior=False)
            x += 0.5 * (right - left) / step / curvature
            if step <= finest_step:
                return Maximum(x, _bounded(function, low, high, x)[0], curvature, is_interior=True)
        step = max(0.2 * step, finest_step)


def _walk(
    function: Callable[[FloatArray], FloatArray], x: float, low: float, high: float, step: float
) -> tuple[float, float, float, float]:
    """The highest of equally spaced points, and the values to its left, there and to its right.

    Points outside the bounds have the value -inf.
    """
    left, value, right = _bounded(function, low, high, x - step, x, x + step)
    for _ in range(_MAX_WALK):
        if right > value:
            x, left, value, (right,) = x + step, value, right, _bounded(function, low, high, x + 2.0 * step)
        elif left > value:
            x, (left,), value, right = x - step, _bounded(function, low, high, x - 2.0 * step), left, value
        else:
            break
    return x, left, value, right


def _bounded(function: Callable[[FloatArray], FloatArray], low: float, high: float, *points: float) -> list[float]:
    """The function at points inside the bounds, -inf outside."""
    at = np.array(points)
    inside = (low <= at) & (at <= high)
    values = np.full(at.size, -np.inf)
    if inside.any():
        values[inside] = function(at[inside])
    return [float(value) for value in values]
