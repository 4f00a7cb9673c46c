"""The families BB1 and BB7 of Joe (2014), with two parameters."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg._arrays import FloatArray
from weathercop.copulas._base import (
    Family,
    Parameters,
    Unit,
    log1mexp,
    log_expm1,
    log_norm,
    log_power_sum,
    quadrature_nodes,
    softplus,
)
from weathercop.copulas._solvers import solve_increasing

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
    has_formula: ClassVar[bool] = True
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


class BB7(Family):
    """C(u, v) = 1 - (1 - (p^-delta + r^-delta - 1)^(-1/delta))^(1/theta), p = 1 - (1-u)^theta, r = 1 - (1-v)^theta.

    Lower tail dependence by delta, upper by theta (Joe 2014, sec. 4.21). In the methods x = -delta ln p,
    y = -delta ln r, big_l = ln(e^x + e^y - 1) and w = exp(-big_l / delta).
    """

    name: ClassVar[str] = "bb7"
    parameter_names: ClassVar[tuple[str, ...]] = ("theta", "delta")
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1.0, 15.0), (1e-4, 60.0))
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)
    shapes: ClassVar[tuple[float, ...]] = (0.05, 0.2, 0.5, 1.0, 2.0, 4.0)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        theta, delta = parameters
        big_l = log_power_sum(_minus_log_p(u, theta) * delta, _minus_log_p(v, theta) * delta)
        return -np.expm1(log1mexp(big_l / delta) / theta)

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        theta, delta = parameters
        x, y = _minus_log_p(u, theta) * delta, _minus_log_p(v, theta) * delta
        big_l = log_power_sum(x, y)
        log_rest = log1mexp(big_l / delta)
        factor = np.log((1.0 + delta) * theta + (theta - 1.0) * np.exp(-big_l / delta - log_rest))
        powers = (1.0 + 1.0 / delta) * (x + y) - (2.0 + 1.0 / delta) * big_l - (1.0 - 1.0 / theta) * log_rest
        return np.asarray(factor + powers + (theta - 1.0) * (u.flipped().log() + v.flipped().log()))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        theta, delta = parameters
        x = _minus_log_p(u, theta) * delta
        growth = (log_power_sum(x, _minus_log_p(v, theta) * delta) - x) / delta
        odds = np.expm1(-theta * u.flipped().log())
        return Unit.from_log(-_minus_log_h(growth, 1.0 - 1.0 / theta, 1.0 + delta, odds)[0])

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        """Newton's method for ln(-ln h) as a function of ln g, g = (big_l - x) / delta.

        -ln h is the sum of two increasing functions of g that are 0 at 0: g is below the roots each alone would have,
        and above the smaller root of either reaching one half.
        """
        theta, delta = parameters
        alpha, factor, k = np.asarray(1.0 - 1.0 / theta), np.asarray(1.0 + delta), -q.log()
        odds = np.expm1(-theta * u.flipped().log())
        upper = np.minimum(k / factor, _second_alone(k, alpha, odds))
        lower = np.minimum(0.5 * k / factor, _second_alone(0.5 * k, alpha, odds))
        start = 0.5 * (np.log(lower) + np.log(upper))
        log_g = solve_increasing(_residual, start, np.log(lower) - 1e-9, np.log(upper) + 1e-9, (np.log(k), alpha, factor, odds))
        x = _minus_log_p(u, theta) * delta
        y = softplus(x + log_expm1(delta * np.exp(log_g)))
        return Unit.from_log(log1mexp(y / delta) / theta).flipped()

    def tau(self, parameters: Parameters) -> FloatArray:
        """1 + 4 times the integral of the generator over its derivative, by quadrature."""
        theta, delta = (np.asarray(p, dtype=np.float64)[..., np.newaxis] for p in parameters)
        t, weights = quadrature_nodes()
        minus_log_p = _minus_log_p(t, theta)
        ratio = np.exp(log1mexp(delta * minus_log_p) - minus_log_p - (theta - 1.0) * t.flipped().log())
        return np.asarray(1.0 - 4.0 * np.sum(weights * ratio / (theta * delta), axis=-1))

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        theta, delta = parameters
        return np.exp2(-1.0 / delta) + 0.0 * theta, np.asarray(2.0 - np.exp2(1.0 / theta) + 0.0 * delta)


def _minus_log_p(u: Unit, theta: FloatArray) -> FloatArray:
    return -log1mexp(-theta * u.flipped().log())


def _minus_log_h(g: FloatArray, alpha: FloatArray, factor: FloatArray, odds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """factor g + alpha ln(1 + odds (1 - e^-g)) and its derivative to g, with the odds p / (1 - p)."""
    rise = -odds * np.expm1(-g)
    return factor * g + alpha * np.log1p(rise), factor + alpha * odds * np.exp(-g) / (1.0 + rise)


def _residual(
    log_g: FloatArray, log_k: FloatArray, alpha: FloatArray, factor: FloatArray, odds: FloatArray
) -> tuple[FloatArray, FloatArray]:
    g = np.exp(log_g)
    value, slope = _minus_log_h(g, alpha, factor, odds)
    return np.log(value) - log_k, g * slope / value


def _second_alone(k: FloatArray, alpha: FloatArray, odds: FloatArray) -> FloatArray:
    """g with alpha ln(1 + odds (1 - e^-g)) = k; infinite where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log_share = log_expm1(k / alpha) - np.log(odds)
        return np.where((alpha > 0.0) & (log_share < 0.0), -log1mexp(-np.minimum(log_share, -1e-300)), np.inf)
