"""Independence and the elliptical copulas: Gaussian and Student, with the t distribution that it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg._arrays import FloatArray
from weathercop.copulas._base import Family, Parameters, Unit


class Independence(Family):
    """No dependence, no parameters."""

    name: ClassVar[str] = "independence"
    parameter_names: ClassVar[tuple[str, ...]] = ()
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ()
    has_formula: ClassVar[bool] = True

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        return np.asarray(u.value * v.value)

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        return np.asarray(0.0 * (u.value + v.value))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        return Unit(*np.broadcast_arrays(v.value, v.complement, u.value)[:2])

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        return self.h(u, q, parameters)

    def tau(self, parameters: Parameters) -> FloatArray:
        return np.zeros(())

    def tau_range(self, shape: Parameters = ()) -> tuple[float, float]:
        return 0.0, 0.0


class Gaussian(Family):
    """C(u, v) = Phi_2(Phi^-1(u), Phi^-1(v); rho), the dependence of the bivariate normal (Joe 2014, sec. 4.3.1)."""

    name: ClassVar[str] = "gaussian"
    parameter_names: ClassVar[tuple[str, ...]] = ("rho",)
    in_scores: ClassVar[bool] = True
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((-0.9999, 0.9999),)
    has_formula: ClassVar[bool] = True

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        """By Owen's (1956) T function."""
        (rho,) = parameters
        x, y, rho = np.broadcast_arrays(u.score(), v.score(), rho)
        scale = np.sqrt((1.0 - rho) * (1.0 + rho))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope_x = np.where(x == 0.0, np.copysign(np.inf, y), (y / x - rho) / scale)
            slope_y = np.where(y == 0.0, np.copysign(np.inf, x), (x / y - rho) / scale)
        correction = np.where((x * y < 0.0) | ((x * y == 0.0) & (x + y < 0.0)), 0.5, 0.0)
        general = 0.5 * (u.value + v.value) - special.owens_t(x, slope_x) - special.owens_t(y, slope_y) - correction
        at_centre = 0.25 + np.arcsin(rho) / (2.0 * np.pi)
        return np.where((x == 0.0) & (y == 0.0), at_centre, general)

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (rho,) = parameters
        x, y = u.score(), v.score()
        unexplained = (1.0 - rho) * (1.0 + rho)
        quadratic = rho * (rho * (x * x + y * y) - 2.0 * x * y) / unexplained
        return np.asarray(-0.5 * (np.log(unexplained) + quadratic))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        (rho,) = parameters
        return Unit.from_score((v.score() - rho * u.score()) / np.sqrt((1.0 - rho) * (1.0 + rho)))

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        (rho,) = parameters
        return Unit.from_score(rho * u.score() + np.sqrt((1.0 - rho) * (1.0 + rho)) * q.score())

    def tau(self, parameters: Parameters) -> FloatArray:
        return np.asarray(2.0 / np.pi * np.arcsin(parameters[0]))

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        return self.constrained(np.sin(0.5 * np.pi * np.clip(tau, -1.0, 1.0)))


def tail_probability(x: FloatArray, nu: float) -> FloatArray:
    """P(T > x) for x >= 0 and nu degrees of freedom, to full relative precision."""
    a = 0.5 * nu
    ratio = x * x / nu
    y = 1.0 / (1.0 + ratio)
    w = 0.5 * y / (1.0 + np.sqrt(ratio * y))
    log_power = -a * (np.log1p(ratio) + np.log(4.0)) - np.log(a) - special.betaln(a, a)
    return np.asarray(np.exp(log_power) * _horner(_g_coefficients(a), 4.0 * w - 1.0))


def tail_quantile(p: FloatArray, nu: float) -> FloatArray:
    """x >= 0 with P(T > x) = p, for p in (0, 1/2] and nu degrees of freedom."""
    a = 0.5 * nu
    log_p = np.log(p)
    zeta = np.exp((log_p + np.log(2.0)) / a)
    w = zeta * _horner(_q_coefficients(a), 2.0 * zeta - 1.0)
    g = _horner(_g_coefficients(a), 4.0 * w - 1.0)
    residual = a * (np.log(w) + np.log1p(-w)) + np.log(g) - np.log(a) - special.betaln(a, a) - log_p
    # Halley's step for ln p as a function of ln w, whose first two derivatives follow from G alone
    slope = a / ((1.0 - w) * g)
    curvature = slope * ((w - a * (1.0 / g - (1.0 - 2.0 * w))) / (1.0 - w))
    step = residual / (slope - 0.5 * residual * curvature / slope)
    w = np.minimum(w * np.exp(-step), 0.5)
    return np.asarray(np.sqrt(nu) * (0.5 - w) / np.sqrt(w * (1.0 - w)))


def _g_coefficients(a: float) -> FloatArray:
    """G(w) in powers of 4 w - 1."""
    w = 0.25 * (_chebyshev_nodes(20 + round(0.3 * a)) + 1.0)
    log_power = a * (np.log(w) + np.log1p(-w)) - np.log(a) - special.betaln(a, a)
    return _powers(special.betainc(a, a, w) * np.exp(-log_power))


def _q_coefficients(a: float) -> FloatArray:
    """w / zeta in powers of 2 zeta - 1."""
    zeta = 0.5 * (_chebyshev_nodes(16 + round(0.7 * a)) + 1.0)
    return _powers(special.betaincinv(a, a, 0.5 * zeta**a) / zeta)


def _chebyshev_nodes(degree: int) -> FloatArray:
    return np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))


def _powers(values: FloatArray) -> FloatArray:
    """Coefficients, in ascending powers, of the polynomial through `values` at the Chebyshev nodes."""
    n = values.size
    order = np.arange(n)
    coefficients = np.cos(np.outer(order, np.pi * (order + 0.5) / n)) @ values * (2.0 / n)
    coefficients[0] *= 0.5
    previous, current = np.eye(1, n, 0)[0], np.eye(1, n, 1)[0]
    powers = coefficients[0] * previous + coefficients[1] * current
    for coefficient in coefficients[2:]:
        following = -previous
        following[1:] += 2.0 * current[:-1]
        previous, current = current, following
        powers += coefficient * current
    return np.asarray(powers)


def _horner(coefficients: FloatArray, x: FloatArray) -> FloatArray:
    result = np.full(np.shape(x), coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        result *= x
        result += coefficient
    return result


_NODES: Final = 100


class Student(Family):
    """C(u, v) = t_2(t^-1(u), t^-1(v); rho, nu), tail dependence at both ends (Joe 2014, sec. 4.13)."""

    name: ClassVar[str] = "student"
    parameter_names: ClassVar[tuple[str, ...]] = ("rho", "nu")
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((-0.9999, 0.9999), (2.0, 60.0))
    has_formula: ClassVar[bool] = True
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
