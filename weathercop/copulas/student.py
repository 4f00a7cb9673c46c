"""The Student t copula."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg.arrays import FloatArray
from weathercop.copulas.base import Family, Parameters, Unit
from weathercop.copulas.student_distribution import tail_probability, tail_quantile

_NODES: Final = 100


class Student(Family):
    """C(u, v) = t_2(t^-1(u), t^-1(v); rho, nu), tail dependence at both ends (Joe 2014, sec. 4.13)."""

    name: ClassVar[str] = "student"
    parameter_names: ClassVar[tuple[str, ...]] = ("rho", "nu")
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((-0.9999, 0.9999), (2.0, 60.0))
    shapes: ClassVar[tuple[float, ...]] = (2.0, 3.5, 6.0, 10.0, 18.0, 40.0)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        """By integrating the derivative to rho from the nearer bound of Frechet, with rho = sin(phi)."""
        rho, nu = parameters
        x, y = _quantile(u, nu), _quantile(v, nu)
        side = np.where(np.asarray(rho) < 0.0, -1.0, 1.0)
        begin, end = np.arcsin(rho), side * 0.5 * np.pi
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        integral = np.zeros(np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(rho)))
        for node, weight in zip(nodes, weights, strict=True):
            # squared nodes: the integrand falls off like a power at the far end
            phi = end + (begin - end) * 0.25 * (node + 1.0) ** 2
            cosine = np.cos(phi)
            quadratic = ((x - side * y) ** 2 + 2.0 * x * y * (side - np.sin(phi))) / (nu * cosine * cosine)
            integral += weight * 0.5 * (node + 1.0) * (1.0 + quadratic) ** (-0.5 * nu)
        frechet = np.where(side < 0.0, np.maximum(u.value - v.complement, 0.0), np.minimum(u.value, v.value))
        return np.asarray(frechet + (begin - end) * integral / (2.0 * np.pi))

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        rho, nu = parameters
        x, y = _quantile(u, nu), _quantile(v, nu)
        unexplained = (1.0 - rho) * (1.0 + rho)
        constant = special.gammaln(0.5 * nu + 1.0) + special.gammaln(0.5 * nu) - 2.0 * special.gammaln(0.5 * nu + 0.5)
        margins = np.log1p(x * x / nu) + np.log1p(y * y / nu)
        joint = np.log1p((x * x + y * y - 2.0 * rho * x * y) / (nu * unexplained))
        return np.asarray(constant - 0.5 * np.log(unexplained) + 0.5 * (nu + 1.0) * margins - (0.5 * nu + 1.0) * joint)

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        rho, nu = parameters
        x, y = _quantile(u, nu), _quantile(v, nu)
        scale = np.sqrt((nu + x * x) * (1.0 - rho) * (1.0 + rho) / (nu + 1.0))
        return _probability((y - rho * x) / scale, nu + 1.0)

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        rho, nu = parameters
        x = _quantile(u, nu)
        scale = np.sqrt((nu + x * x) * (1.0 - rho) * (1.0 + rho) / (nu + 1.0))
        return _probability(rho * x + scale * _quantile(q, nu + 1.0), nu)

    def tau(self, parameters: Parameters) -> FloatArray:
        return np.asarray(2.0 / np.pi * np.arcsin(parameters[0]))

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        return self.constrained(np.sin(0.5 * np.pi * np.clip(tau, -1.0, 1.0)))

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        rho, nu = parameters
        tail = 2.0 * special.stdtr(nu + 1.0, -np.sqrt((nu + 1.0) * (1.0 - rho) / (1.0 + rho)))
        return tail, tail


def _quantile(p: Unit, nu: FloatArray) -> FloatArray:
    size = _by_degrees(tail_quantile, np.minimum(p.value, p.complement), nu)
    return np.where(p.value < 0.5, -size, size)


def _probability(x: FloatArray, nu: FloatArray) -> Unit:
    return Unit.from_tail(_by_degrees(tail_probability, np.abs(x), nu), x < 0.0)


def _by_degrees(function: Callable[[FloatArray, float], FloatArray], values: FloatArray, nu: FloatArray) -> FloatArray:
    """`function(values, nu)`, once for each distinct nu; there is one in all but contrived cases."""
    first = np.ravel(nu)[0]
    if np.all(nu == first):
        return function(values, float(first))
    values, nu = np.broadcast_arrays(values, nu)
    result = np.empty(values.shape)
    for degrees in np.unique(nu):
        where = nu == degrees
        result[where] = function(values[where], float(degrees))
    return result
