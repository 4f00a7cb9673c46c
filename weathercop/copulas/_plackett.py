"""The Plackett copula."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from varwg._arrays import BoolArray, FloatArray
from weathercop.copulas._base import Family, Parameters, Unit

_LOG_BOUND: Final = 4.0 * np.log(10.0)
#: Chebyshev coefficients of Kendall's tau on ln theta from 0 to the bound, by quadrature of 4 E[C(U, V)] - 1.
_TAU_COEFFICIENTS: Final = (
    6.302052987334616e-01,
    4.772431886037148e-01,
    -1.496339815236510e-01,
    1.300490388805712e-02,
    7.364279918972642e-03,
    -2.600471399668685e-03,
    -4.240113878890069e-05,
    2.260127439592134e-04,
    -4.081793910063469e-05,
    -1.397337751397858e-05,
    7.723127859546522e-06,
    -5.031854452187355e-07,
    -7.098274067270275e-07,
    2.646002270247500e-07,
    -3.951577844782129e-09,
    -2.679028052646542e-08,
    8.789119616903535e-09,
    -2.300363949580566e-11,
    -8.797847529888211e-10,
    2.809752716949029e-10,
    -2.539764497904217e-12,
    -2.653448817861331e-11,
    8.656752421459492e-12,
    -2.096517463131618e-13,
    -7.540809579840001e-13,
    2.576623999043755e-13,
)


class Plackett(Family):
    """The copula with the constant cross-product ratio theta (Plackett 1965; Nelsen 2006, sec. 3.3.1).

    For theta < 1 everything but the cdf is taken from the copula of 1/theta by C(u, v; 1/theta) = u - C(u, 1 - v; theta). The
    square root of the usual formulas is written as a sum of positive terms, and differences of near numbers as
    quotients, so that no digits are lost in the corners.
    """

    name: ClassVar[str] = "plackett"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-4, 1e4),)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        eta = np.asarray(theta) - 1.0
        s = 1.0 + eta * (u.value + v.value)
        product = theta * u.value * v.value
        # A sum of positive terms on either side of 1; so is one of the two ways to write the root of the quadratic equation.
        root = np.sqrt(np.where(eta < 0.0, s * s - 4.0 * eta * product, _discriminant(u, v, eta)))
        below = np.where(eta < 0.0, eta, -1.0)
        return np.where(s >= 0.0, 2.0 * product / np.where(s >= 0.0, s + root, 1.0), (s - root) / (2.0 * below))

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        theta, v, _ = _at_least_one(v, parameters)
        eta = theta - 1.0
        numerator = np.log(theta) + np.log1p(eta * (u.value * v.complement + v.value * u.complement))
        return np.asarray(numerator - 1.5 * np.log(_discriminant(u, v, eta)))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        theta, v, below_one = _at_least_one(v, parameters)
        eta = theta - 1.0
        root = np.sqrt(_discriminant(u, v, eta))
        numerator = v.complement - v.value + eta * _difference(u, v)
        tail = 2.0 * theta * v.value * v.complement / (root * (root + np.abs(numerator)))
        return Unit.from_tail(tail, (numerator > 0.0) != below_one)

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        theta, q, below_one = _at_least_one(q, parameters)
        eta = theta - 1.0
        value, complement = _root(u, q, theta, eta), _root(u.flipped(), q.flipped(), theta, eta)
        return Unit(np.where(below_one, complement, value), np.where(below_one, value, complement))

    def tau(self, parameters: Parameters) -> FloatArray:
        """An odd function of ln theta without a closed form, from its Chebyshev series; absolute error below 1e-12."""
        log_theta = np.log(parameters[0])
        scaled = 2.0 * np.abs(log_theta) / _LOG_BOUND - 1.0
        return np.asarray(np.sign(log_theta) * np.polynomial.chebyshev.chebval(scaled, _TAU_COEFFICIENTS))


def _at_least_one(v: Unit, parameters: Parameters) -> tuple[FloatArray, Unit, BoolArray]:
    """max(theta, 1/theta), v flipped where theta is below 1, and where that is."""
    (theta,) = parameters
    below_one = np.asarray(theta) < 1.0
    flipped = Unit(np.where(below_one, v.complement, v.value), np.where(below_one, v.value, v.complement))
    return np.maximum(theta, 1.0 / theta), flipped, below_one


def _difference(u: Unit, v: Unit) -> FloatArray:
    """u - v from whichever side is exact."""
    return np.where(u.value < 0.5, u.value - v.value, v.complement - u.complement)


def _discriminant(u: Unit, v: Unit, eta: FloatArray) -> FloatArray:
    """(1 + eta (u + v))^2 - 4 theta eta u v, as a sum of positive terms."""
    difference = _difference(u, v)
    mixed = u.value * v.complement + v.value * u.complement
    return np.asarray(1.0 + eta * (2.0 * mixed + eta * difference * difference))


def _root(u: Unit, q: Unit, theta: FloatArray, eta: FloatArray) -> FloatArray:
    """v of h(v|u) = q: a root of b v^2 - c v + a (1 + eta u)^2 = 0, taken without cancellation."""
    a = q.value * q.complement
    b = theta + a * eta * eta
    c = 2.0 * a * (u.value * theta * theta + u.complement) + theta * (1.0 - 2.0 * a)
    distance = np.sqrt(theta * (theta + 4.0 * a * u.value * u.complement * eta * eta))
    shift = np.abs(q.complement - q.value) * distance
    edge = 1.0 + eta * u.value
    return np.asarray(np.where(q.value < 0.5, 2.0 * a * edge * edge / (c + shift), (c + shift) / (2.0 * b)))
