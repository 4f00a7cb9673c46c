"""The BB1 copula of Joe, and with it the copulas no. 12 and 14 of Nelsen's table, which are special cases."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg.arrays import FloatArray
from weathercop.copulas.base import Family, Parameters, Unit, log_expm1, log_norm, softplus

#: A relative step of this size is the last one: convergence is cubic.
_LAST_STEP: Final = 1e-6
_MAX_STEPS: Final = 40
#: With larger growth h is 0 to rounding; its exponential would overflow.
_ENOUGH: Final = 700.0


class BB1(Family):
    """C(u, v) = (1 + (a^delta + b^delta)^(1/delta))^(-1/theta), a = u^-theta - 1, b = v^-theta - 1.

    Tail dependence of different strength at both ends (Joe 2014, sec. 4.17.1).
    """

    name: ClassVar[str] = "bb1"
    parameter_names: ClassVar[tuple[str, ...]] = ("theta", "delta")
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-4, 30.0), (1.0, 30.0))
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)
    shapes: ClassVar[tuple[float, ...]] = (1.05, 1.2, 1.45, 1.8, 2.5, 4.0)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        theta, delta = parameters
        return np.exp(-softplus(log_norm(_log_a(u, theta), _log_a(v, theta), delta)) / theta)

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        theta, delta = parameters
        log_a, log_b = _log_a(u, theta), _log_a(v, theta)
        log_r = log_norm(log_a, log_b, delta)
        powers = (delta - 1.0) * (log_a + log_b) + (1.0 - 2.0 * delta) * log_r - (1.0 + 1.0 / theta) * softplus(log_r)
        factor = np.log((1.0 + theta) * special.expit(log_r) + theta * (delta - 1.0))
        return np.asarray(factor + powers - (1.0 + theta) * (u.log() + v.log()))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        theta, delta = parameters
        log_a = _log_a(u, theta)
        growth = np.minimum(log_norm(log_a, _log_a(v, theta), delta) - log_a, _ENOUGH)
        rise = np.log1p(-np.expm1(theta * u.log()) * np.expm1(growth))
        return Unit.from_log(-(delta - 1.0) * growth - (1.0 + 1.0 / theta) * rise)

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        theta, delta = parameters
        growth = _solve_growth(-np.expm1(theta * u.log()), delta - 1.0, 1.0 + 1.0 / theta, -q.log())
        log_b = _log_a(u, theta) + log_expm1(delta * growth) / delta
        return Unit.from_log(-softplus(log_b) / theta)

    def tau(self, parameters: Parameters) -> FloatArray:
        theta, delta = parameters
        return np.asarray(1.0 - 2.0 / (delta * (theta + 2.0)))

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        (delta,) = shape
        return self.constrained(2.0 / (delta * (1.0 - np.minimum(tau, 0.999))) - 2.0)

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        theta, delta = parameters
        return np.exp2(-1.0 / (delta * theta)), np.asarray(2.0 - np.exp2(1.0 / delta) + 0.0 * theta)


def _log_a(u: Unit, theta: FloatArray) -> FloatArray:
    """ln(u^-theta - 1)."""
    return log_expm1(-theta * u.log())


def _solve_growth(share: FloatArray, power: FloatArray, factor: FloatArray, k: FloatArray) -> FloatArray:
    """g >= 0 with power g + factor ln(1 + share (e^g - 1)) = k, share in (0, 1), power >= 0, factor > 0.

    As in the Gumbel copula g lies between half the smaller root of either term alone and that root, and the left side
    is convex. Each element stops on its own account.
    """
    with np.errstate(over="ignore"):
        alone = np.log1p(np.minimum(np.expm1(k / factor), 1e300) / share)
    upper = np.minimum(alone, k / (power + factor * share))
    growth = upper
    moving = np.ones(upper.shape, dtype=bool)
    for _ in range(_MAX_STEPS):
        rise = share * np.expm1(growth)
        tangent = (rise + share) / (1.0 + rise)
        value = power * growth + factor * np.log1p(rise) - k
        slope = power + factor * tangent
        curvature = factor * tangent * (1.0 - share) / (1.0 + rise)
        step = value / (slope - 0.5 * value * curvature / slope)
        growth = np.where(moving, np.clip(growth - step, 0.5 * upper, upper), growth)
        moving &= np.abs(step) > _LAST_STEP * growth
        if not moving.any():
            break
    return np.asarray(growth)
