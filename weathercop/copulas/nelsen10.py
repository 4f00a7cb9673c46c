"""The copula no. 10 of Nelsen's table of Archimedean families."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from varwg.arrays import FloatArray
from weathercop.copulas.base import Family, Parameters, Unit, quadrature_nodes
from weathercop.copulas.solvers import solve_increasing


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
