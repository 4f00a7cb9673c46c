"""The families 10, 12, 13 and 14 of Nelsen (2006), table 4.1."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray
from weathercop.copulas._base import Family, Parameters, Unit, log_power_sum, quadrature_nodes
from weathercop.copulas._bb import BB1
from weathercop.copulas._solvers import solve_increasing
from weathercop.copulas._upper_tail import solve_growth


class Nelsen10(Family):
    """C(u, v) = u v / (1 + (1 - u^theta) (1 - v^theta))^(1/theta), weak negative dependence (Nelsen 2006, no. 4.2.10).

    In the methods p = 1 - u^theta and r = 1 - v^theta.
    """

    name: ClassVar[str] = "nelsen10"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-6, 1.0),)
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)
    direction: ClassVar[int] = -1

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        p, r = -np.expm1(theta * u.log()), -np.expm1(theta * v.log())
        return np.asarray(u.value * v.value * np.exp(-np.log1p(p * r) / theta))

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        p, r = -np.expm1(theta * u.log()), -np.expm1(theta * v.log())
        factor = np.log((1.0 - theta) * (1.0 + p * r) + (1.0 + theta) * (p + r))
        return np.asarray(factor - (2.0 + 1.0 / theta) * np.log1p(p * r))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        return Unit.from_log(-_minus_log_h(-v.log(), theta, -np.expm1(theta * u.log()))[0])

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        """Newton's method for ln(-ln h) as a function of ln(-ln v), whose slope is between 1 and 2."""
        (theta,) = parameters
        p, k = -np.expm1(theta * u.log()), -q.log()
        upper = k + np.sqrt(k * (k + 2.0))
        lower = k / (1.0 + (1.0 + theta) * p)
        with np.errstate(divide="ignore"):
            start = np.clip(k / ((1.0 - theta) + (1.0 + theta) * p), lower, upper)
        log_y = solve_increasing(
            _residual, np.log(start), np.log(lower) - 1e-9, np.log(upper) + 1e-9, (np.log(k), np.asarray(theta), p)
        )
        return Unit.from_log(-np.exp(log_y))

    def tau(self, parameters: Parameters) -> FloatArray:
        """1 + 4 times the integral of the generator over its derivative, by quadrature."""
        theta = np.asarray(parameters[0], dtype=np.float64)[..., np.newaxis]
        t, weights = quadrature_nodes()
        rest = -np.expm1(theta * t.log())
        generator = np.log1p(rest) - theta * t.log()
        return np.asarray(1.0 - 4.0 * np.sum(weights * generator * (1.0 + rest) * t.value / (2.0 * theta), axis=-1))


def _minus_log_h(y: FloatArray, theta: FloatArray, p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """-ln h and its derivative to y = -ln v."""
    r = -np.expm1(-theta * y)
    value = y - np.log1p(r) + (1.0 + 1.0 / theta) * np.log1p(p * r)
    slope = ((1.0 - theta) + (1.0 + theta) * r) / (1.0 + r) + (1.0 + theta) * p * (1.0 - r) / (1.0 + p * r)
    return value, slope


def _residual(log_y: FloatArray, log_k: FloatArray, theta: FloatArray, p: FloatArray) -> tuple[FloatArray, FloatArray]:
    y = np.exp(log_y)
    value, slope = _minus_log_h(y, theta, p)
    return np.log(value) - log_k, y * slope / value


class Nelsen12(Family):
    """C(u, v) = 1 / (1 + ((1/u - 1)^theta + (1/v - 1)^theta)^(1/theta)): BB1 with the parameters 1 and theta.

    Tail dependence at both ends (Nelsen 2006, no. 4.2.12).
    """

    name: ClassVar[str] = "nelsen12"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1.0, 30.0),)
    has_formula: ClassVar[bool] = True
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        return BB1().cdf(u, v, _bb1_of_nelsen12(parameters))

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        return BB1().log_density(u, v, _bb1_of_nelsen12(parameters))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        return BB1().h(u, v, _bb1_of_nelsen12(parameters))

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        return BB1().h_inverse(u, q, _bb1_of_nelsen12(parameters))

    def tau(self, parameters: Parameters) -> FloatArray:
        return BB1().tau(_bb1_of_nelsen12(parameters))

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        return self.constrained(2.0 / (3.0 * (1.0 - np.minimum(tau, 0.999))))

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        return BB1().tail_dependence(_bb1_of_nelsen12(parameters))


def _bb1_of_nelsen12(parameters: Parameters) -> Parameters:
    return np.asarray(1.0), np.asarray(parameters[0])


class Nelsen13(Family):
    """C(u, v) = exp(1 - (a^theta + b^theta - 1)^(1/theta)), a = 1 - ln u, b = 1 - ln v.

    Negative dependence for theta < 1, positive for theta > 1 (Nelsen 2006, no. 4.2.13).
    """

    name: ClassVar[str] = "nelsen13"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-6, 60.0),)
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        log_r = log_power_sum(theta * np.log1p(-u.log()), theta * np.log1p(-v.log())) / theta
        return np.exp(-np.expm1(log_r))

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        x, y = -u.log(), -v.log()
        log_a, log_b = np.log1p(x), np.log1p(y)
        log_r = log_power_sum(theta * log_a, theta * log_b) / theta
        rise = np.expm1(log_r)
        powers = (theta - 1.0) * (log_a + log_b) + (1.0 - 2.0 * theta) * log_r
        return np.asarray(x + y - rise + powers + np.log(rise + theta))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        x = -u.log()
        log_a = theta * np.log1p(x)
        growth = (log_power_sum(log_a, theta * np.log1p(-v.log())) - log_a) / theta
        return Unit.from_log(-(1.0 + x) * np.expm1(growth) - (theta - 1.0) * growth)

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        """b^theta = 1 + a^theta (e^(theta delta) - 1); both ranks are clipped, so that no power overflows."""
        (theta,) = parameters
        x = u.minus_log()
        power = np.exp(theta * np.log1p(x))
        minus_log = solve_growth(1.0 + x, theta - 1.0, q.minus_log(), 2)
        minus_log *= theta
        np.expm1(minus_log, out=minus_log)
        minus_log *= power
        np.log1p(minus_log, out=minus_log)
        minus_log /= theta
        return Unit(minus_log=np.expm1(minus_log, out=minus_log))

    def tau(self, parameters: Parameters) -> FloatArray:
        """1 + 4 times the integral of the generator over its derivative, by quadrature."""
        theta = np.asarray(parameters[0], dtype=np.float64)[..., np.newaxis]
        t, weights = quadrature_nodes()
        log_a = np.log1p(-t.log())
        ratio = np.exp(log_a) * np.expm1(-theta * log_a) / theta
        return np.asarray(1.0 + 4.0 * np.sum(weights * t.value * ratio, axis=-1))


class Nelsen14(Family):
    """C(u, v) = (1 + ((u^(-1/theta) - 1)^theta + (v^(-1/theta) - 1)^theta)^(1/theta))^-theta: BB1 with 1/theta and theta.

    Tail dependence at both ends (Nelsen 2006, no. 4.2.14).
    """

    name: ClassVar[str] = "nelsen14"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1.0, 30.0),)
    has_formula: ClassVar[bool] = True
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        return BB1().cdf(u, v, _bb1_of_nelsen14(parameters))

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        return BB1().log_density(u, v, _bb1_of_nelsen14(parameters))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        return BB1().h(u, v, _bb1_of_nelsen14(parameters))

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        return BB1().h_inverse(u, q, _bb1_of_nelsen14(parameters))

    def tau(self, parameters: Parameters) -> FloatArray:
        return BB1().tau(_bb1_of_nelsen14(parameters))

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        return self.constrained(1.0 / (1.0 - np.minimum(tau, 0.999)) - 0.5)

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        return BB1().tail_dependence(_bb1_of_nelsen14(parameters))


def _bb1_of_nelsen14(parameters: Parameters) -> Parameters:
    theta = np.asarray(parameters[0], dtype=np.float64)
    return 1.0 / theta, theta
