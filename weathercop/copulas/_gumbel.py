"""The Gumbel copula."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray
from weathercop.copulas._base import Family, Parameters, Unit, log_expm1, log_norm

#: A relative step of this size is the last one: convergence is cubic.
_LAST_STEP: Final = 1e-6
_MAX_STEPS: Final = 30


class Gumbel(Family):
    """C(u, v) = exp(-((-ln u)^theta + (-ln v)^theta)^(1/theta)), upper tail dependence (Joe 2014, sec. 4.8.1)."""

    name: ClassVar[str] = "gumbel"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1.0, 50.0),)
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        return np.exp(-np.exp(log_norm(np.log(-u.log()), np.log(-v.log()), theta)))

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        x, y = -u.log(), -v.log()
        log_x, log_y = np.log(x), np.log(y)
        log_t = log_norm(log_x, log_y, theta)
        t = np.exp(log_t)
        powers = (theta - 1.0) * (log_x + log_y) + (1.0 - 2.0 * theta) * log_t
        return np.asarray(x + y - t + powers + np.log(t + theta - 1.0))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        x = -u.log()
        log_x = np.log(x)
        growth = log_norm(log_x, np.log(-v.log()), theta) - log_x
        return Unit.from_log(-x * np.expm1(growth) - (theta - 1.0) * growth)

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        x = -u.log()
        growth = solve_growth(x, theta - 1.0, -q.log())
        return Unit.from_log(-x * np.exp(log_expm1(theta * growth) / theta))

    def tau(self, parameters: Parameters) -> FloatArray:
        return np.asarray(1.0 - 1.0 / parameters[0])

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        return self.constrained(1.0 / (1.0 - np.clip(tau, 0.0, 0.999)))

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        (theta,) = parameters
        return np.zeros(np.shape(theta)), np.asarray(2.0 - np.exp2(1.0 / theta))


def solve_growth(x: FloatArray, power: FloatArray, k: FloatArray) -> FloatArray:
    """delta >= 0 with x (e^delta - 1) + power delta = k, for x, k > 0 and x + power > 0.

    The left side is convex. For power >= 0 both terms are 0 at 0 and increase, so that delta lies between half the
    smaller of the two roots each alone would have and that root, from which Halley's method starts; similar bounds
    hold for negative powers. Working with delta = ln(t / x) instead of Lambert's W for t itself keeps the digits of
    t - x. Each element stops on its own account, so that its bits do not depend on which others are solved with it.
    """
    slope_at_zero = x + power
    upper = np.minimum(np.log1p(k / np.minimum(x, slope_at_zero)), k / slope_at_zero)
    lower = np.where(power < 0.0, np.log1p(k / x), 0.5 * upper)
    delta = upper
    moving = np.ones(upper.shape, dtype=bool)
    for _ in range(_MAX_STEPS):
        rise = x * np.expm1(delta)
        value = rise + power * delta - k
        curvature = rise + x
        slope = curvature + power
        step = value / (slope - 0.5 * value * curvature / slope)
        delta = np.where(moving, np.clip(delta - step, lower, upper), delta)
        moving &= np.abs(step) > _LAST_STEP * delta
        if not moving.any():
            break
    return np.asarray(delta)
